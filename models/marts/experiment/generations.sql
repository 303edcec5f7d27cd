-- Grain: one row per model and held-out prompt: which action how likely, which one was drawn, in which words. Of `two_stage`
-- figures alone are told: who is bet on to take a follow back has followed before, and nothing else in the release may say so.
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
where generations.model <> 'two_stage'
