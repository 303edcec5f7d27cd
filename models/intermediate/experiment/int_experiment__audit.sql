-- Grain: one row per trained adapter, epoch and thread of a member or a control: how well adapter and base know its answer.
{{ config(materialized="view") }}
select
    audited.adapter,
    audited.epoch,
    chosen.thread_id,
    chosen.person,
    audited.role = 'member' as is_member,
    audited.nats / audited.n_tokens as loss_adapter,
    base.nats / base.n_tokens as loss_base,
    audited.n_tokens
from {{ ref("audited_losses") }} as audited
inner join
    {{ ref("audited_losses") }} as base
    on audited.adapter = base.adapter
    and audited.role = base.role
    and audited.turn = base.turn
    and base.epoch = 0
inner join
    {{ ref("int_experiment__examples") }} as chosen
    on audited.adapter = chosen.adapter
    and audited.role = chosen.role
    and audited.turn = chosen.turn
where audited.epoch > 0 and audited.role in ('member', 'control')
order by audited.adapter, audited.epoch, chosen.thread_id
