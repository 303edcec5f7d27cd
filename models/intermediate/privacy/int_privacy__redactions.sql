{{ config(materialized="view") }}
-- Grain: one row per message of the release with words in it, and what was replaced in them.
select messages.thread_id, messages.message_index, redacted.entities
from {{ ref("int_privacy__messages") }} as messages
inner join {{ ref("int_privacy__written") }} as written on messages.text_event_id = written.event_id
inner join {{ ref("int_privacy__texts") }} as texts on written.text_hash = texts.text_hash
inner join {{ ref("redacted_texts") }} as redacted on texts.redaction_key = redacted.redaction_key
where messages.thread_id in (select released.thread_id from {{ ref("int_privacy__released") }} as released)
