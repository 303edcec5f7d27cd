-- Grain: one row per metric and scale: does it matter that some accounts are automated? Figures with them or without, never an
-- account. Three digits: more would let whoever has the stream find by trial who is in a figure.
select
    metric,
    scale,
    round(value, 3) as value,
    round(ci_low, 3) as ci_low,
    round(ci_high, 3) as ci_high,
    round(control_low, 3) as control_low,
    round(control_high, 3) as control_high,
    case when value is null then 'too few people' else 'told' end as verdict
from {{ ref("measured_automation") }}
