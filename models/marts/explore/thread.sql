{{ config(materialized="table_function", parameters=["which_thread"]) }}
-- One thread, read from top to bottom: from explore.thread(4294967300)
select message_index, author_did, action_type, message_text, sent_at
from {{ ref("thread_messages") }}
where thread_id = which_thread
order by message_index
