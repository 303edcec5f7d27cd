-- Grain: one row per split, part of it, model and metric: how well the action is predicted.
select split, part, model, metric, round(value, 3) as value, round(ci_low, 3) as ci_low, round(ci_high, 3) as ci_high, n
from {{ ref("action_measures") }}
where other is null
