-- Grain: one row per group, and one for all groups of a kind together.
select
    grouped_by,
    group_id,
    gain,
    ci_low,
    ci_high,
    thread_count,
    verdict
from simpact_private.experiment.clustering_gain
order by grouped_by, group_id nulls first
