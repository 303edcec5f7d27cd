-- Grain: one row per trained adapter, epoch and canary: how well adapter and base know it.
{{ config(materialized="view") }}
select
    audited.adapter,
    audited.epoch,
    audited.turn as canary,
    audited.role = 'canary' as is_planted,
    audited.nats / audited.n_tokens as loss_adapter,
    base.nats / base.n_tokens as loss_base
from {{ ref("audited_losses") }} as audited
inner join
    {{ ref("audited_losses") }} as base
    on audited.adapter = base.adapter
    and audited.role = base.role
    and audited.turn = base.turn
    and base.epoch = 0
where audited.epoch > 0 and starts_with(audited.role, 'canary')
order by audited.adapter, audited.epoch, audited.turn
