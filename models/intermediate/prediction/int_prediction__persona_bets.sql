-- Grain: one row per prompt of a chosen persona that the model of actions was asked about: the action that it bets on. It knows
-- what no recipient of the release does, such as who liked whom before.
{{ config(materialized="view") }}
select prompts.thread_id, predictions.action_type
from {{ ref("int_experiment__persona_prompts") }} as prompts
inner join {{ ref("int_privacy__released") }} as released on prompts.thread_id = released.released_id
inner join
    {{ ref("int_prediction__predictions") }} as predictions
    on released.thread_id = predictions.thread_id
    and predictions.model = 'boosted'
    and predictions.split = 'by_time'
