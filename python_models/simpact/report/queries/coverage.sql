-- Grain: one row per action type and outcome; what few people are behind is one row.
select action_type, outcome, n_events
from simpact_private.quality.coverage_told
order by action_type, outcome
