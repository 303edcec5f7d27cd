-- Grain: one row per message of a thread; the last one is the action.
select thread_id, message_index, speaker, is_action, gap, message_text from {{ ref("candidate_messages") }}
