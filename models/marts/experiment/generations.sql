-- Grain: one row per model and held-out prompt: which action how likely, which one was drawn, in which words.
select
    generations.thread_id,
    generations.model,
    generations.adapter,
    generations.source,
    generations.probabilities,
    generations.action_type,
    generations.text,
    generations.source = 'simpact' and {{ setting("base_model") == "smoke" }} as is_smoke
from {{ ref("int_experiment__generations") }} as generations
