-- Grain: one row per message of a thread of a user with a persona. Two messages of a thread have the same `first_index`
-- where the same person speaks.
with

    messages as (
        select
            messages.thread_id,
            messages.message_index,
            messages.is_action,
            messages.author_did,
            messages.text_event_id,
            min(messages.message_index) over (partition by messages.thread_id, messages.author_did) as first_index,
            messages.sent_us
            - lag(messages.sent_us) over (partition by messages.thread_id order by messages.message_index) as gap_us
        from {{ ref("thread_messages") }} as messages
        inner join {{ ref("threads") }} as threads on messages.thread_id = threads.thread_id
        where threads.actor_did in (select members.user_did from {{ ref("persona_members") }} as members)
    )

select
    thread_id,
    message_index,
    is_action,
    author_did,
    text_event_id,
    first_index,
    case
        when gap_us < 3600000000
        then 'minutes'
        when gap_us < 86400000000
        then 'hours'
        when gap_us < 604800000000
        then 'days'
        when gap_us is not null
        then 'weeks'
    end as gap
from messages
