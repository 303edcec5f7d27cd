{{ config(materialized="view") }}
-- Grain: one row per post that a thread answers, with its words.
select contexts.post_id, posts.text, md5(posts.text) as text_hash
from {{ ref("stg_bluesky__post_states") }} as contexts
inner join {{ ref("stg_bluesky__posts") }} as posts on contexts.current_event_id = posts.event_id
where contexts.post_id in (select answered.answered_post_id from {{ answered_posts() }} as answered)
