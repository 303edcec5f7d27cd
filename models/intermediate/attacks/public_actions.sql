-- Grain: one row per action that the network shows to everybody.
select action_id, actor_did, action_type, acted_us, answered_post_id, action_text as message_text from {{ ref("actions") }}
