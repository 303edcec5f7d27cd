-- Grain: one row per persona that some released thread tells, with the people behind it: no one of them is most of it.
with

    people as (
        select told.scale, told.persona_id, released.actor_did, count(*) as n_threads
        from {{ ref("int_privacy__released") }} as released
        inner join {{ ref("persona_members") }} as told on released.actor_did = told.user_did and released.scale >= told.scale
        group by told.scale, told.persona_id, released.actor_did
    )

select
    scale,
    persona_id,
    count(*) as n_people,
    cast(sum(n_threads) as bigint) as n_threads,
    max(n_threads) / sum(n_threads) as largest_share,
    sum(n_threads) * sum(n_threads) / sum(n_threads * n_threads) as effective_people
from people
group by scale, persona_id
