{{ config(materialized="view") }}
-- Grain: one row per post with words that a thread answers.
select contexts.post_id, posts.text, md5(posts.text) as text_hash
from {{ ref("stg_bluesky__post_states") }} as contexts
inner join {{ ref("int_posts__scope") }} as scope on contexts.post_id = scope.post_id
inner join {{ ref("stg_bluesky__posts") }} as posts on contexts.current_event_id = posts.event_id
where scope.has_text and contexts.post_id in (select answered.answered_post_id from {{ answered_posts() }} as answered)
