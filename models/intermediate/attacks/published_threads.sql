-- Grain: one row per released thread, at its place in the file.
select
    row_number() over (order by thread_id) - 1 as position,
    cast(thread_id as string) as thread_id,
    action_type,
    time_bucket,
    split,
    personas,
    message_count,
    speaker_count
from {{ ref("candidate_threads") }}
