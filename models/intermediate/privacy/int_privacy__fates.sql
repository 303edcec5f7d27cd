-- Grain: one row per thread of a user with a persona: does it leave, how coarsely is it told, and if it stays, why? Of a
-- person's threads beyond the cap chance chooses.
with

    ranked as (
        select
            cells.thread_id,
            cells.level,
            cells.scale,
            cells.time_bucket,
            cells.tells_gaps,
            cells.cell,
            row_number() over (
                partition by cells.cell, cells.actor_did order by sha2(salt.salt || 'cap' || cells.thread_id, 256)
            ) as turn
        from {{ ref("int_privacy__cells") }} as cells
        cross join {{ ref("int_privacy__salt") }} as salt
    )

select
    candidates.thread_id,
    candidates.actor_did,
    candidates.action_type,
    case
        when candidates.is_repeated
        then 'repeated'
        when ranked.cell is null
        then 'too_few_people'
        when ranked.turn > caps.cap
        then 'over_cap'
        else 'released'
    end as fate,
    ranked.level,
    ranked.scale,
    ranked.time_bucket,
    ranked.tells_gaps,
    ranked.cell
from {{ ref("int_privacy__candidates") }} as candidates
left join ranked on candidates.thread_id = ranked.thread_id
left join {{ ref("int_privacy__caps") }} as caps on ranked.cell = caps.cell
