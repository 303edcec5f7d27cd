-- Grain: one row per model and prompt of a chosen persona. `persona` and `unclustered` are each prompt's own adapters: that of
-- its persona, and the one of as many threads of anybody. `two_stage` is the first, given the action that the model of actions
-- bets on.
{{ config(access="protected") }}
with

    ours as (
        select coalesce(plan.kind, answers.model) as name, plan.adapter, answers.*
        from {{ ref("answers") }} as answers
        inner join {{ ref("int_experiment__persona_prompts") }} as prompts on answers.thread_id = prompts.thread_id
        left join {{ ref("adapter_plan") }} as plan on answers.model = plan.adapter
        where answers.model in ('base', 'all') or (plan.kind <> 'random' and plan.persona_id = prompts.persona_id)
    )

select name as model, adapter, 'simpact' as source, thread_id, probabilities, action_type, text
from ours

union all

-- Without probabilities: the bet is scored, and its row stays inside. It comes from what no recipient of the release knows,
-- such
-- as who liked whom before.
select
    'two_stage' as model,
    adapter,
    'simpact' as source,
    thread_id,
    null as probabilities,
    bet as action_type,
    text_of_bet as text
from ours
where bet is not null

union all

select model, null as adapter, 'baseline' as source, thread_id, probabilities, action_type, null as text
from {{ ref("int_experiment__baselines") }}

union all

select model, null as adapter, 'elsewhere' as source, thread_id, probabilities, action_type, text
from {{ ref("int_experiment__predictions") }}
