-- Grain: one row per held-out prompt: what a model elsewhere must be given. The answer stays here.
{{ config(materialized="view") }}
select examples.thread_id, examples.prompt
from {{ ref("examples") }} as examples
semi join {{ ref("int_experiment__persona_prompts") }} as prompts on examples.thread_id = prompts.thread_id
order by examples.thread_id
