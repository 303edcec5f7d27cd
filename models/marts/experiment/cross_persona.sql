-- Grain: one row per persona and adapter of a persona: how well the adapter knows the persona's held-out answers.
select persona_id, adapter_persona_id, loss, thread_count, loss = min(loss) over (partition by persona_id) as is_best
from {{ ref("int_experiment__cross_losses") }}
