{{ config(materialized=on_driver("table")) }}
-- Grain: one row per cap on the threads of one person in a cell, from none to one: what it would cost and what it would bring.
with

    people as (
        select cell, actor_did, count(*) as n_threads
        from {{ ref("int_privacy__cells") }}
        where cell is not null
        group by cell, actor_did
    ),

    caps as (select cap from unnest([1, 2, 3, 5, 10, 20, 50, 1000000000]) as unnested(cap)),

    capped as (
        select
            caps.cap,
            people.cell,
            sum(people.n_threads) as n_threads,
            sum(least(people.n_threads, caps.cap)) as n_kept,
            max(least(people.n_threads, caps.cap)) as most,
            sum(least(people.n_threads, caps.cap) * least(people.n_threads, caps.cap)) as squares
        from people
        cross join caps
        group by caps.cap, people.cell
    )

select
    case when cap < 1000000000 then cap end as cap,
    sum(n_kept) / sum(n_threads) as kept_share,
    max(most / n_kept) as largest_share,
    min(n_kept * n_kept / squares) as least_effective_people,
    median(n_kept * n_kept / squares) as median_effective_people,
    count(case when {{ is_dominated("most", "n_kept", "squares") }} then 1 end) / count(*) as dominated_share
from capped
group by cap
