-- Grain: one row per figure of the paper.
select source, model, metric, paper_value, our_model, our_metric, our_value, our_ci_low, our_ci_high, is_comparable, note
from simpact_private.experiment.beside_the_paper
order by is_comparable in ('no', 'not measured'), source, metric, model
