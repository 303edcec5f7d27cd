{{ config(materialized="view") }}
-- Grain: one row per split, baseline and held-out example: what somebody would bet on who knows no more than its name says.
with

    truths as (select * from {{ ref("int_prediction__truths") }}),

    training as (
        select
            unnest(['by_time', 'at_random']) as split, unnest([part_by_time, part_at_random]) as part, has_context, action_type
        from {{ ref("int_prediction__examples") }}
    ),

    most_common as (
        select split, action_type
        from training
        where part = 'train' and has_context
        group by split, action_type
        qualify row_number() over (partition by split order by count(*) desc, action_type) = 1
    ),

    last_actions as (
        select thread_id, lag(action_type) over (partition by actor_did order by acted_us, thread_id) as action_type
        from {{ ref("int_prediction__threads") }}
        where answered_post_id is not null
    )

-- The two lines that beat every language model of the paper.
select 'rule' as model, split, thread_id, case when has_context then 'follow' else 'post' end as action_type
from truths

union all

select 'majority' as model, truths.split, truths.thread_id, most_common.action_type
from truths
inner join most_common on truths.split = most_common.split
where truths.has_context

union all

select
    'last_action' as model,
    truths.split,
    truths.thread_id,
    coalesce(last_actions.action_type, most_common.action_type) as action_type
from truths
inner join most_common on truths.split = most_common.split
inner join last_actions on truths.thread_id = last_actions.thread_id
where truths.has_context

union all

select 'lookup' as model, split, thread_id, action_type
from {{ ref("int_prediction__lookups") }}
