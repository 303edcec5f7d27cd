-- Grain: one row per attack on the release.
select
    attack, measure, attacker_knows, n_targets, success, ci_low, ci_high, baseline, baseline_ci_low, baseline_ci_high, is_gated, verdict
from simpact_private.quality.attacks
order by is_gated desc, attack
