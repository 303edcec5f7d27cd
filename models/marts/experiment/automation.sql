-- Grain: one row per metric and scale: does it matter that some accounts are automated? Figures with them or without, never an
-- account.
select
    metric,
    scale,
    value,
    ci_low,
    ci_high,
    control_low,
    control_high,
    case when value is null then 'too few people' else 'told' end as verdict
from {{ ref("measured_automation") }}
