-- Grain: one row per released message, at its place in the file.
select
    row_number() over (order by thread_id, message_index) - 1 as position,
    cast(thread_id as string) as thread_id,
    message_index,
    speaker,
    is_action,
    gap,
    cast(null as bigint) as clock,
    message_text
from {{ ref("candidate_messages") }}
