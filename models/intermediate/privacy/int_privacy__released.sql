-- Grain: one row per thread that leaves: its number in the release, which chance gave it.
select
    fates.thread_id,
    cast(row_number() over (order by sha2(salt.salt || 'thread' || fates.thread_id, 256)) - 1 as bigint) as released_id,
    fates.actor_did,
    fates.scale,
    fates.time_bucket,
    fates.tells_gaps,
    fates.cell
from {{ ref("int_privacy__fates") }} as fates
cross join {{ ref("int_privacy__salt") }} as salt
where fates.fate = 'released'
