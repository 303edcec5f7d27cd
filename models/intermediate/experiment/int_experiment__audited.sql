-- Grain: one row per trained adapter, epoch and example that is looked at: its loss under the adapter and under the base, and
-- whose thread it is, where it is one.
{{ config(materialized="view") }}
select
    audited.adapter,
    audited.epoch,
    audited.role,
    audited.turn,
    chosen.thread_id,
    chosen.person,
    audited.nats,
    base.nats as base_nats,
    audited.n_tokens
from {{ ref("audited_losses") }} as audited
inner join
    {{ ref("audited_losses") }} as base
    on audited.adapter = base.adapter
    and audited.role = base.role
    and audited.turn = base.turn
    and base.epoch = 0
left join
    {{ ref("int_experiment__examples") }} as chosen
    on audited.adapter = chosen.adapter
    and audited.role = chosen.role
    and audited.turn = chosen.turn
