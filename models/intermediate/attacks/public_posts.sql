-- Grain: one row per post that the network shows to everybody.
select states.post_id, states.author_did, states.created_us, posts.text as message_text
from {{ ref("stg_bluesky__post_states") }} as states
inner join {{ ref("stg_bluesky__posts") }} as posts on states.current_event_id = posts.event_id
where states.is_available
