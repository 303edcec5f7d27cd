-- Grain: one row per trained adapter, epoch and thread of a member or a control: how well adapter and base know its answer.
{{ config(materialized="view") }}
select
    adapter,
    epoch,
    thread_id,
    person,
    role = 'member' as is_member,
    nats / n_tokens as loss_adapter,
    base_nats / n_tokens as loss_base,
    n_tokens
from {{ ref("int_experiment__audited") }}
where epoch > 0 and role in ('member', 'control')
order by adapter, epoch, thread_id
