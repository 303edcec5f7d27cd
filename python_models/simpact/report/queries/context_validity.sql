-- Grain: one row per action type and rate of posting, none of fewer than k people.
select action_type, posts_per_day, n_actions, agreement, agreement_low, agreement_high, chance_agreement
from simpact_private.quality.context_validity
order by action_type <> 'all', action_type, posts_per_day <> 'all', posts_per_day
