-- Grain: one row per split, part of it, model, other model and metric: how far they differ on the same threads, by the same
-- draws of people.
select
    split,
    part,
    model,
    other,
    metric,
    round(value, 3) as difference,
    round(ci_low, 3) as ci_low,
    round(ci_high, 3) as ci_high,
    n,
    ci_low > 0 or ci_high < 0 as is_different
from {{ ref("action_measures") }}
where other is not null
