{{ config(materialized="table_function", parameters=["words"]) }}
-- The messages that hold some words, whole, one after the other, in any case and with any accents: from
-- explore.search('carbon tax')
select thread_id, message_index, action_type, author_did, message_text, sent_at
from {{ ref("thread_messages") }}
where contains(words_of(message_text), words_of(words)) and words_of(words) <> '  '
order by sent_at, thread_id, message_index
