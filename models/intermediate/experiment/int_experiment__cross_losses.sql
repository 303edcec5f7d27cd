-- Grain: one row per persona and adapter of a persona: mean loss of the persona's held-out answers, in nats per token.
{{ config(access="protected") }}
select persona_id, adapter_persona_id, sum(answer_nats) / sum(n_answer_tokens) as loss, count(*) as thread_count
from {{ ref("int_experiment__cross_persona") }}
group by persona_id, adapter_persona_id
