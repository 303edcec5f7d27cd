-- Grain: one row per cell: how many threads of one person it may hold, so that nobody has more than a third of it and the
-- effective number of its people (inverse Simpson, (sum n)^2 / sum n^2) is at least half of `k`. One each always will do. What
-- holds in every cell holds in every union of cells: shares by addition, effective people by Minkowski's inequality.
with

    people as (
        select cell, actor_did, count(*) as n_threads
        from {{ ref("int_privacy__cells") }}
        where cell is not null
        group by cell, actor_did
    ),

    shapes as (select cell, n_threads, count(*) as n_people from people group by cell, n_threads),

    totals as (
        select
            cell,
            max(n_threads) as most,
            sum(n_people * n_threads) as n_threads,
            sum(n_people * n_threads * n_threads) as squares
        from shapes
        group by cell
    ),

    uneven as (select * from totals where n_threads >= 3 and ({{ is_dominated("most", "n_threads", "squares") }})),

    -- A cap above a third of the cell cannot do.
    caps as (
        select uneven.cell, cap
        from uneven
        cross join lateral unnest(sequence(1, cast(floor(least(uneven.most, uneven.n_threads / 3)) as bigint))) as unnested(cap)
    ),

    tried as (
        select
            caps.cell,
            caps.cap,
            max(least(shapes.n_threads, caps.cap)) as most,
            sum(shapes.n_people * least(shapes.n_threads, caps.cap)) as n_threads,
            sum(shapes.n_people * least(shapes.n_threads, caps.cap) * least(shapes.n_threads, caps.cap)) as squares
        from caps
        inner join shapes on caps.cell = shapes.cell
        group by caps.cell, caps.cap
    ),

    allowed as (
        select cell, max(cap) as cap from tried where not ({{ is_dominated("most", "n_threads", "squares") }}) group by cell
    )

select totals.cell, coalesce(allowed.cap, totals.most) as cap
from totals
left join allowed on totals.cell = allowed.cell
