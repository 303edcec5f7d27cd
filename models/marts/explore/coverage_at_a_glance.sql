{{ config(materialized="view", alias="coverage") }}
-- Grain: one row per action type: how many events arrived, how many closed a thread, and what most of the others lacked.
with

    outcomes as (select * from {{ ref("coverage") }}),

    totals as (
        select
            action_type,
            sum(n_events) as event_count,
            sum(case when outcome = 'threaded' then n_events else 0 end) as thread_count
        from outcomes
        group by action_type
    ),

    reasons as (
        select action_type, max_by(outcome, (n_events, outcome)) as commonest_reason
        from outcomes
        where outcome <> 'threaded'
        group by action_type
    )

select
    totals.action_type,
    totals.event_count,
    totals.thread_count,
    round(100.0 * totals.thread_count / totals.event_count, 1) as threaded_percent,
    reasons.commonest_reason
from totals
left join reasons on totals.action_type = reasons.action_type
order by totals.event_count desc, totals.action_type
