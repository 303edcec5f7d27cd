{{ config(materialized="view") }}
-- Grain: one row per thread. A thread has the id of the action that closes it.
with

    context as (
        select answered_post_id, max(message_index) as last_index, max(sent_us) as last_sent_us
        from {{ ref("int_threads__paths") }}
        group by answered_post_id
    )

select
    outcomes.action_id as thread_id,
    deliveries.actor_did,
    outcomes.action_type,
    coalesce(context.last_index + 1, 0) + 1 as message_count,
    outcomes.answered_post_id,
    outcomes.context_method,
    outcomes.context_age_seconds,
    outcomes.acted_us,
    timestamp_micros(outcomes.acted_us) as acted_at,
    greatest(outcomes.acted_us, coalesce(context.last_sent_us, outcomes.acted_us)) as closed_us
from {{ ref("int_actions__outcomes") }} as outcomes
inner join {{ ref("int_actions__delivered") }} as deliveries on outcomes.action_id = deliveries.action_id
left join context on outcomes.answered_post_id = context.answered_post_id
where outcomes.outcome = 'threaded'
