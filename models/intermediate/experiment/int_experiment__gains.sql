-- Grain: one row per group of people and held-out thread of theirs: how much likelier the answer is to the adapter of the
-- group than to the one that learnt as many threads of anybody, in nats. A persona should gain; a random group of its size
-- should not.
select
    prompts.grouped_by,
    prompts.group_id,
    prompts.thread_id,
    threads.person,
    unclustered.answer_nats - own.answer_nats as gain,
    own.n_answer_tokens
from {{ ref("int_experiment__prompts") }} as prompts
inner join {{ ref("int_experiment__threads") }} as threads on prompts.thread_id = threads.thread_id
inner join
    {{ ref("adapter_plan") }} as own_plan on prompts.grouped_by = own_plan.kind and prompts.group_id = own_plan.persona_id
inner join
    {{ ref("adapter_plan") }} as unclustered_plan
    on unclustered_plan.kind = 'unclustered'
    and prompts.group_id = unclustered_plan.persona_id
inner join {{ ref("answers") }} as own on own_plan.adapter = own.model and prompts.thread_id = own.thread_id
inner join
    {{ ref("answers") }} as unclustered
    on unclustered_plan.adapter = unclustered.model
    and prompts.thread_id = unclustered.thread_id
