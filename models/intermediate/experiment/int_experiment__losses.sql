-- Grain: one row per adapter, epoch and role of its examples: their mean loss and the base's, and how far it fell. Threads of
-- one person are not independent: the interval is of a ratio of sums over people, linearised (Cochran 1977, section 6.3).
{{ config(access="protected") }}

with

    -- Canaries are nobody's: each counts as a person.
    audited as (
        select adapter, epoch, role, coalesce(person, - turn) as person, nats, base_nats - nats as fall, n_tokens
        from {{ ref("int_experiment__audited") }}
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
    any_value(ratio) - {{ ratio_margin("fall", "tokens", "ratio") }} as fall_ci_low,
    any_value(ratio) + {{ ratio_margin("fall", "tokens", "ratio") }} as fall_ci_high,
    sum(examples)::bigint as n_examples
from ratios
group by adapter, epoch, role
having count(*) > 1
