-- Grain: one row per trained adapter, epoch and canary: how well adapter and base know it.
{{ config(materialized="view") }}
select
    adapter,
    epoch,
    turn as canary,
    role = 'canary' as is_planted,
    nats / n_tokens as loss_adapter,
    base_nats / n_tokens as loss_base
from {{ ref("int_experiment__audited") }}
where epoch > 0 and starts_with(role, 'canary')
order by adapter, epoch, turn
