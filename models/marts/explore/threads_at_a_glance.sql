{{ config(materialized="view", alias="threads") }}
-- Grain: one row per thread, as its action: who did what, in which words, after how many messages.
select thread_id, action_type, message_index + 1 as message_count, author_did, message_text, sent_at
from {{ ref("thread_messages") }}
where is_action
