-- Grain: one row per thread of a user with a persona, or of one who is left out as automated: does it leave, how coarsely is it
-- told, and if it stays, why? Of a person's threads beyond the cap chance chooses.
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

union all

select
    thread_id,
    actor_did,
    action_type,
    'automated' as fate,
    cast(null as int) as level,
    cast(null as int) as scale,
    cast(null as string) as time_bucket,
    cast(null as boolean) as tells_gaps,
    cast(null as string) as cell
from {{ ref("threads") }}
where actor_did in (select left_out.user_did from {{ ref("int_automation__left_out") }} as left_out)
