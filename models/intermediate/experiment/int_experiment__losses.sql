-- Grain: one row per adapter, epoch and role of its examples: their mean loss and the base's, and how far it fell. Threads of
-- one person are not independent: the interval is of a ratio of sums over people, linearised (Cochran 1977, section 6.3).
{{ config(access="protected") }}

with

    audited as (
        select audited.*, base.nats - audited.nats as fall, coalesce(chosen.person, - audited.turn) as person
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
    ),

    by_person as (
        select adapter, epoch, role, person, sum(nats) as nats, sum(fall) as fall, sum(n_tokens) as tokens, count(*) as examples
        from audited
        group by adapter, epoch, role, person
    ),

    ratios as (
        select
            *,
            sum(fall) over (partition by adapter, epoch, role) / sum(tokens) over (partition by adapter, epoch, role) as ratio
        from by_person
    )

select
    adapter,
    epoch,
    role,
    sum(nats) / sum(tokens) as loss,
    any_value(ratio) as fall,
    any_value(ratio)
    - 1.96 * sqrt(count(*) / (count(*) - 1.0) * sum(pow(fall - ratio * tokens, 2))) / sum(tokens) as fall_ci_low,
    any_value(ratio)
    + 1.96 * sqrt(count(*) / (count(*) - 1.0) * sum(pow(fall - ratio * tokens, 2))) / sum(tokens) as fall_ci_high,
    sum(examples)::bigint as n_examples
from ratios
group by adapter, epoch, role
having count(*) > 1
