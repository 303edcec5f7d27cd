{{ config(materialized="view") }}
-- Grain: one row per kept post of a user in scope. The halves of a user's posts, every second one in the order they were
-- landed, tell whether either half alone would lead to the same persona.
select
    users.user_did,
    users.user_number,
    scope.post_id,
    posts.text,
    md5(posts.text) as text_hash,
    (row_number() over (partition by users.user_number order by scope.post_id)) % 2 as half
from {{ ref("int_posts__scope") }} as scope
inner join {{ ref("int_personas__users") }} as users on scope.author_did = users.user_did
inner join {{ ref("stg_bluesky__post_states") }} as states on scope.post_id = states.post_id
inner join {{ ref("stg_bluesky__posts") }} as posts on states.current_event_id = posts.event_id
where scope.is_kept
