"""The mixing matrix: an attacker who knows everybody else's persona guesses one person's by whom the person acts towards.

A persona is the likelier, the better its row fits the personas of those whom the person acts towards. What a row says of many
people is no leak: the baseline guesses in the same way by rows that are made without the person. What the attack gains is what
the person's own part in a row gives away.
"""

from __future__ import annotations

from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Comparison

LEAST_SHARE = 0.0005  # half of the last digit that is told: of what a row tells no share of

# The rest of a row, and whoever is in no persona, have the number -1.
BY_MIXING = f"""
with
    told as (select persona_id, coalesce(target_persona_id, -1) as cell, share from published_mixing),
    pairs as (
        select actor_did, persona_id, coalesce(target_persona_id, -1) as kind
        from truth_pairs
        where persona_id in (select persona_id from told)
    ),
    people as (
        select actor_did, any_value(persona_id) as persona_id
        from pairs
        group by actor_did
        order by hash(actor_did, $seed)
        limit $targets
    ),
    -- The cell of a row that a kind of target is told in, and with how many others.
    cells as (
        select
            rows.persona_id,
            kinds.kind,
            coalesce(told.cell, -1) as cell,
            count(*) over (partition by rows.persona_id, coalesce(told.cell, -1)) as n_kinds,
        from (select distinct persona_id from told) as rows
        cross join (select distinct kind from pairs) as kinds
        left join told on rows.persona_id = told.persona_id and kinds.kind = told.cell
    ),
    counted as (
        select persona_id, cell, count(*) as n, sum(count(*)) over (partition by persona_id) as n_of_row
        from pairs
        join cells using (persona_id, kind)
        group by persona_id, cell
    ),
    own as (
        select actor_did, persona_id, cell, count(*) as n, sum(count(*)) over (partition by actor_did) as n_of_person
        from pairs
        join people using (actor_did, persona_id)
        join cells using (persona_id, kind)
        group by actor_did, persona_id, cell
    ),
    -- Each row beside the person, as it is told, and the person's own row without the person.
    fitted as (
        select
            acting.actor_did,
            cells.persona_id,
            sum(acting.n * ln(greatest(told.share, {LEAST_SHARE}) / n_kinds)) as fit,
            sum(
                acting.n * ln(
                    greatest(
                        case
                            when own_row.n_of_person is null then told.share
                            when counted.n_of_row > own_row.n_of_person
                                then round((counted.n - coalesce(own.n, 0)) / (counted.n_of_row - own_row.n_of_person), 3)
                        end,
                        {LEAST_SHARE}
                    ) / n_kinds
                )
            ) as fit_without,
        from (select actor_did, kind, count(*) as n from pairs join people using (actor_did, persona_id) group by all) as acting
        join cells using (kind)
        left join told on cells.persona_id = told.persona_id and cells.cell = told.cell
        left join counted on cells.persona_id = counted.persona_id and cells.cell = counted.cell
        left join (select distinct actor_did, persona_id, n_of_person from own) as own_row
            on acting.actor_did = own_row.actor_did and cells.persona_id = own_row.persona_id
        left join own
            on acting.actor_did = own.actor_did and cells.persona_id = own.persona_id and cells.cell = own.cell
        group by acting.actor_did, cells.persona_id
    ),
    guessed as (
        select
            actor_did,
            -- Rounded, since a sum in parallel is never twice the same to the last digit.
            arg_max(persona_id, (round(fit, 6), persona_id)) as by_told,
            arg_max(persona_id, (round(fit_without, 6), persona_id)) as by_others,
        from fitted
        group by actor_did
    )
select count(*), count(*) filter (by_told = persona_id), count(*) filter (by_others = persona_id)
from guessed
join people using (actor_did)
"""


def guessed_by_mixing(attacked: Attacked) -> Comparison:
    """People whose persona is guessed right by the matrix; the baseline has the matrix of everybody else."""
    return Comparison(*attacked.row(BY_MIXING))
