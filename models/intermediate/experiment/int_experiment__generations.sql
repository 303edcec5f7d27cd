-- Grain: one row per model and prompt of a chosen persona. `persona` and `unclustered` are each prompt's own adapters: that of
-- its persona, and the one of as many threads of anybody.
{{ config(access="protected") }}
select
    coalesce(plan.kind, answers.model) as model,
    plan.adapter,
    'simpact' as source,
    answers.thread_id,
    answers.probabilities,
    answers.action_type,
    answers.text
from {{ ref("answers") }} as answers
inner join {{ ref("int_experiment__persona_prompts") }} as prompts on answers.thread_id = prompts.thread_id
left join {{ ref("adapter_plan") }} as plan on answers.model = plan.adapter
where answers.model in ('base', 'all') or (plan.kind <> 'random' and plan.persona_id = prompts.persona_id)

union all

select model, null as adapter, 'baseline' as source, thread_id, probabilities, action_type, null as text
from {{ ref("int_experiment__baselines") }}

union all

select model, null as adapter, 'elsewhere' as source, thread_id, probabilities, action_type, text
from {{ ref("int_experiment__predictions") }}
