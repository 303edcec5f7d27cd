-- Grain: one row per model and metric, over the whole population.
select model, metric, value, ci_low, ci_high, n, is_smoke
from simpact_private.experiment.scores
where
    level = 'population'
    and metric in (
        'macro_f1', 'macro_f1_paper', 'log_loss', 'js_action_mix', 'detectability_ngrams', 'detectability_embedding', 'copied_share'
    )
order by metric, value desc, model
