-- Grain: one row per held-out thread of a chosen persona and adapter of a chosen persona.
select
    prompts.persona_id,
    plan.persona_id as adapter_persona_id,
    threads.person,
    prompts.draw,
    answers.answer_nats,
    answers.n_answer_tokens
from {{ ref("int_experiment__persona_prompts") }} as prompts
inner join {{ ref("int_experiment__threads") }} as threads on prompts.thread_id = threads.thread_id
inner join {{ ref("answers") }} as answers on prompts.thread_id = answers.thread_id
inner join {{ ref("adapter_plan") }} as plan on answers.model = plan.adapter and plan.kind = 'persona'
order by prompts.draw, prompts.persona_id, plan.persona_id
