{{ config(materialized="view") }}
-- Grain: one row per message of a thread: the path to the post answered, in time order, and last the action.
with

    messages as (select * from {{ ref("int_threads__messages") }})

select
    messages.thread_id,
    messages.message_index,
    messages.action_id is not null as is_action,
    outcomes.action_type,
    coalesce(outcomes.actor_did, states.author_did) as author_did,
    coalesce(states.uri, posts.uri) as post_uri,
    posts.text as message_text,
    messages.sent_us,
    timestamp_micros(messages.sent_us) as sent_at
from messages
left join {{ ref("int_actions__outcomes") }} as outcomes on messages.action_id = outcomes.action_id
left join {{ ref("stg_bluesky__post_states") }} as states on messages.post_id = states.post_id
left join {{ ref("stg_bluesky__posts") }} as posts on messages.text_event_id = posts.event_id
