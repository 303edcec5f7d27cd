-- Grain: one row per action type and outcome.
select action_type, outcome, n_events
from simpact_private.quality.coverage
order by action_type, outcome
