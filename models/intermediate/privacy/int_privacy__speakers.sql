-- Grain: one row per thread that leaves and person who speaks in it. Numbers begin anew in every thread, so that nobody can be
-- followed from one to the next.
select
    released.released_id,
    messages.author_did,
    row_number() over (partition by released.released_id order by min(messages.message_index)) - 1 as speaker_number
from {{ ref("int_privacy__released") }} as released
inner join {{ ref("int_privacy__messages") }} as messages on released.thread_id = messages.thread_id
group by released.released_id, messages.author_did
