{{ config(materialized="view") }}
-- Grain: one row per thread. The thread has the id of the action that closes it.
with

    outcomes as (select * from {{ ref("int_actions__outcomes") }}),

    context as (
        select answered_post_id, count(*) as message_count
        from {{ ref("int_threads__paths") }}
        group by answered_post_id
    )

select
    outcomes.action_id as thread_id,
    outcomes.actor_did,
    outcomes.action_type,
    coalesce(context.message_count, 0) + 1 as message_count,
    outcomes.answered_post_id,
    outcomes.context_method,
    outcomes.context_age_seconds,
    outcomes.acted_us,
    timestamp_micros(outcomes.acted_us) as acted_at
from outcomes
left join context on outcomes.answered_post_id = context.answered_post_id
where outcomes.outcome = 'threaded'
