-- Grain: one row per message of a released thread: which post it is; NULL for the action.
select cast(released.released_id as string) as thread_id, messages.message_index, messages.post_id
from {{ ref("int_privacy__released") }} as released
inner join {{ ref("thread_messages") }} as messages on released.thread_id = messages.thread_id
