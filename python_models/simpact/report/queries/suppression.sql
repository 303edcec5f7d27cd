-- Grain: one row per fate of threads and what is told of them, as in the data card only where it is that of ten people and more.
with

    fates as (
        select
            fate,
            level,
            scale,
            told_time,
            tells_gaps,
            n_threads,
            sum(n_people) over (partition by fate, case when fate = 'released' then level end) as n_people
        from simpact_private.quality.suppression
    )

select fate, level, scale, told_time, tells_gaps, n_threads
from fates
where n_people >= 10
order by fate <> 'released', level nulls last, n_threads desc, fate
