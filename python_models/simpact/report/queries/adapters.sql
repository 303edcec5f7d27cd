-- Grain: one row per adapter. Of a base model in a folder, the folder's name alone.
select
    adapter,
    kind,
    status,
    regexp_extract(base_model, '[^/\\]+[/\\]*$') as base_model,
    is_smoke,
    loss_function,
    n_examples,
    n_steps,
    held_out_loss,
    held_out_fall,
    held_out_fall_ci_low,
    held_out_fall_ci_high,
    verdict
from simpact_private.experiment.adapters
order by adapter
