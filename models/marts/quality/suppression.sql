-- Grain: one row per fate of a thread and level it is told at: how many threads of how many people, and their share of all.
with fates as (select * from {{ ref("int_privacy__fates") }}), totals as (select count(*) as n_threads from fates)

select
    fates.fate,
    fates.level,
    fates.scale,
    case
        {% for level in generalisation_levels() %}
            when fates.level = {{ loop.index }} then '{{ level.bucket or "none" }}'
        {% endfor %}
    end as told_time,
    fates.tells_gaps,
    count(*) as n_threads,
    count(distinct fates.actor_did) as n_people,
    count(*) / max(totals.n_threads) as share
from fates
cross join totals
group by fates.fate, fates.level, fates.scale, fates.tells_gaps
