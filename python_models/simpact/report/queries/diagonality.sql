-- Grain: one row.
select advantage, ci_low, ci_high, p_value
from simpact_private.experiment.diagonality
