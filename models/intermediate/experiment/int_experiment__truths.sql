-- Grain: one row per prompt of a chosen persona: what the person did, and which person it was, by number.
{{ config(materialized="view") }}
select
    prompts.thread_id,
    prompts.persona_id,
    threads.has_context,
    threads.action_type,
    examples.text,
    threads.person,
    threads.time_bucket,
    threads.split = 'test_unseen_users' or threads.is_control as unseen
from {{ ref("int_experiment__persona_prompts") }} as prompts
inner join {{ ref("int_experiment__threads") }} as threads on prompts.thread_id = threads.thread_id
inner join {{ ref("examples") }} as examples on prompts.thread_id = examples.thread_id
order by prompts.draw
