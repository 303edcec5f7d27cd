-- Grain: one row per model, level, persona and metric.
select
    model,
    level,
    persona_id,
    case when metric like '%\_paper' escape '\' then 'paper' else 'corrected' end as family,
    metric,
    value,
    ci_low,
    ci_high,
    n,
    model in (select distinct model from {{ ref("generations") }} where is_smoke) as is_smoke
from {{ ref("measured") }}
where kind = 'score'
