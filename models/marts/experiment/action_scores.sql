-- Grain: one row per split, part of it, model and metric: how well the action is predicted.
select split, part, model, metric, value, ci_low, ci_high, n from {{ ref("action_measures") }} where other is null
