{{ config(materialized=on_driver("table")) }}
-- Grain: one row per cell of the release, as a recipient would form it, with what the gate looks at. It is counted from what
-- leaves and not from what was planned.
with

    shapes as (
        select
            thread_id,
            array_join(
                {{ ordered_list("speaker || case when message_text is null then '-' else '' end", "message_index") }}, ' '
            ) as speakers,
            array_join({{ ordered_list("coalesce(gap, '')", "message_index") }}, ' ') as gaps
        from {{ ref("candidate_messages") }}
        group by thread_id
    ),

    people as (
        select
            threads.personas,
            threads.time_bucket,
            threads.action_type,
            shapes.speakers,
            shapes.gaps,
            threads.split,
            released.actor_did,
            count(*) as n_threads
        from {{ ref("candidate_threads") }} as threads
        inner join shapes on threads.thread_id = shapes.thread_id
        inner join {{ ref("int_privacy__released") }} as released on threads.thread_id = released.released_id
        group by
            threads.personas,
            threads.time_bucket,
            threads.action_type,
            shapes.speakers,
            shapes.gaps,
            threads.split,
            released.actor_did
    )

select
    row_number() over (order by action_type, speakers, gaps, split, time_bucket nulls last, personas) as cell_number,
    count(*) as n_people,
    cast(sum(n_threads) as bigint) as n_threads,
    max(n_threads) / sum(n_threads) as largest_share,
    sum(n_threads) * sum(n_threads) / sum(n_threads * n_threads) as effective_people
from people
group by personas, time_bucket, action_type, speakers, gaps, split
