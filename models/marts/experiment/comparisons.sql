-- Grain: one row per model, other model and metric: how far they differ on the same prompts, by the same draws of people.
select model, other, metric, difference, ci_low, ci_high, n, ci_low > 0 or ci_high < 0 as is_different
from {{ ref("measured") }}
where kind = 'comparison'
