-- Grain: one row per figure of the paper: ours beside it, and whether the two can be compared. A smoke model's cannot.
{{ config(materialized="view") }}
select
    paper.source,
    paper.model,
    paper.metric,
    paper.value as paper_value,
    paper.ci_low as paper_ci_low,
    paper.ci_high as paper_ci_high,
    paper.n as paper_n,
    paper.our_model,
    paper.our_metric,
    scores.value as our_value,
    scores.ci_low as our_ci_low,
    scores.ci_high as our_ci_high,
    scores.n as our_n,
    case
        when scores.value is null then 'not measured' when scores.is_smoke then 'no' else paper.is_comparable
    end as is_comparable,
    case when scores.is_smoke then 'a smoke model of ours; ' else '' end || paper.note as note
from {{ ref("paper_results") }} as paper
left join
    {{ ref("scores") }} as scores
    on paper.our_model = scores.model
    and paper.our_metric = scores.metric
    and scores.level = 'population'
