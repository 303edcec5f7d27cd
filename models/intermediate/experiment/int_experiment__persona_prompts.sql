-- Grain: one row per prompt of a chosen persona: a held-out thread that every model is judged by.
{{ config(materialized="view", access="protected") }}
select thread_id, group_id as persona_id, draw
from {{ ref("int_experiment__prompts") }}
where grouped_by = 'persona'
