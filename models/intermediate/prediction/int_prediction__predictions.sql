{{ config(materialized="view") }}
-- Grain: one row per split, model and held-out example: the action to bet on, and how probable each is where the model says.
-- Without a context only a post can follow, whatever the model.
with

    answered as (
        select model, split, thread_id, action_type, probabilities
        from {{ ref("action_predictions") }}

        union all

        select model, split, thread_id, action_type, null as probabilities
        from {{ ref("int_prediction__baselines") }}

        union all

        select
            'lookup_else_boosted' as model,
            boosted.split,
            boosted.thread_id,
            coalesce(lookups.action_type, boosted.action_type) as action_type,
            null as probabilities
        from {{ ref("action_predictions") }} as boosted
        left join
            {{ ref("int_prediction__lookups") }} as lookups
            on boosted.split = lookups.split
            and boosted.thread_id = lookups.thread_id
        where boosted.model = 'boosted'
    ),

    models as (select distinct model, split from answered where model not in ('rule', 'lookup'))

select *
from answered

union all

select models.model, truths.split, truths.thread_id, 'post' as action_type, null as probabilities
from {{ ref("int_prediction__truths") }} as truths
inner join models on truths.split = models.split
where not truths.has_context
