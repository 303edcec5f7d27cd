-- Grain: one row per split, part of it and model.
select split, part, model, value, ci_low, ci_high, n
from simpact_private.experiment.action_scores
where metric = 'macro_f1'
order by split desc, part, value desc, model
