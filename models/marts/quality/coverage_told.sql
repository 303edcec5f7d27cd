-- Grain: one row per action type and outcome that may be told, and one of what few people are behind. The smallest of the
-- others is in that row too: else all lines less those told would be the few people's. Threads are summed in the data card.
-- Rejected lines are told: they are nobody's, and how many there are is what one looks for first.
with

    lines as (
        select
            action_type,
            outcome,
            n_events,
            outcome = 'rejected' as is_of_nobody,
            n_people >= {{ setting("k") }} or outcome = 'rejected' as is_of_many,
            case when outcome = 'threaded' then outcome else 'not_told_apart' end as outcome_of_few
        from {{ ref("coverage") }}
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by outcome_of_few, is_of_many order by is_of_nobody, n_events, action_type, outcome
            ) as place,
            sum(case when is_of_many then 0 else 1 end) over (partition by outcome_of_few) as n_of_few
        from lines
    ),

    judged as (select *, is_of_many and (is_of_nobody or place > 1 or n_of_few = 0) as is_told from ranked),

    named as (
        select
            case when is_told then action_type else 'several' end as action_type,
            case when is_told then outcome else outcome_of_few end as outcome,
            n_events,
            is_of_many
        from judged
    )

select action_type, outcome, cast(sum(n_events) as bigint) as n_events
from named
group by action_type, outcome
having max(case when is_of_many then 1 else 0 end) = 1
order by action_type, outcome
