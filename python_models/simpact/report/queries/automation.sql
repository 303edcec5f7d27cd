-- Grain: one row per figure and scale.
select metric, scale, value, ci_low, ci_high, control_low, control_high, verdict
from simpact_private.experiment.automation
order by metric, scale nulls first
