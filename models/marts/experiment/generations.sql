-- Grain: one row per model and held-out prompt: which action how likely, which one was drawn, in which words.
select
    generations.thread_id,
    generations.model,
    generations.adapter,
    generations.source,
    generations.probabilities,
    generations.action_type,
    generations.text,
    generations.source = 'simpact' and smoke.is_smoke as is_smoke
from {{ ref("int_experiment__generations") }} as generations
cross join (select coalesce(bool_or(is_smoke), false) as is_smoke from {{ ref("trained_adapters") }}) as smoke
