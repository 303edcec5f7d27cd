-- Grain: one row per message of a thread that is to leave: redacted words, speakers by number, order for time.
select
    released.released_id as thread_id,
    cast(messages.message_index as int) as message_index,
    'user_' || speakers.speaker_number as speaker,
    messages.is_action,
    case when released.tells_gaps then messages.gap end as gap,
    redacted.redacted_text as message_text
from {{ ref("int_privacy__messages") }} as messages
inner join {{ ref("int_privacy__released") }} as released on messages.thread_id = released.thread_id
inner join
    {{ ref("int_privacy__speakers") }} as speakers
    on released.released_id = speakers.released_id
    and messages.author_did = speakers.author_did
left join {{ ref("int_privacy__written") }} as written on messages.text_event_id = written.event_id
left join {{ ref("int_privacy__texts") }} as texts on written.text_hash = texts.text_hash
left join {{ ref("redacted_texts") }} as redacted on texts.redaction_key = redacted.redaction_key
order by thread_id, message_index
