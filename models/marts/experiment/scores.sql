-- Grain: one row per model, level, persona and metric.
with
    smoke_models as (
        select distinct model
        from {{ ref("int_experiment__generations") }}
        where source = 'simpact' and {{ setting("base_model") == "smoke" }}
    )

select
    measured.model,
    measured.level,
    measured.persona_id,
    case when ends_with(measured.metric, '_paper') then 'paper' else 'corrected' end as family,
    measured.metric,
    measured.value,
    measured.ci_low,
    measured.ci_high,
    measured.n,
    smoke_models.model is not null as is_smoke
from {{ ref("measured") }} as measured
left join smoke_models on measured.model = smoke_models.model
where measured.kind = 'score'
