-- Grain: one row per adapter and gated measure, after the last epoch.
select adapter, measure, n_targets, value, ci_low, ci_high, ceiling, verdict
from simpact_private.quality.adapter_attacks
where is_gated
order by measure, adapter
