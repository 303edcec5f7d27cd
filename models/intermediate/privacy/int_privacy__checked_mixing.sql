-- Grain: one row per row of the mixing matrix that is to leave, with the people behind it, counted anew from the pairs: both
-- those who act and those who are acted towards.
with

    told as (select persona_id, target_persona_id from {{ ref("candidate_mixing") }}),

    rows_with_people as (
        select pairs.persona_id, told.target_persona_id, pairs.actor_did, pairs.target_did
        from {{ ref("int_privacy__mixing_pairs") }} as pairs
        left join told on pairs.persona_id = told.persona_id and pairs.target_persona_id = told.target_persona_id
        where pairs.persona_id in (select told.persona_id from told)
    ),

    people as (
        select 'acts' as side, persona_id, target_persona_id, actor_did as person, count(*) as n_pairs
        from rows_with_people
        group by persona_id, target_persona_id, actor_did

        union all

        select 'is_acted_towards', persona_id, target_persona_id, target_did, count(*)
        from rows_with_people
        group by persona_id, target_persona_id, target_did
    )

select
    side,
    persona_id,
    target_persona_id,
    count(*) as n_people,
    max(n_pairs) / sum(n_pairs) as largest_share,
    sum(n_pairs) * sum(n_pairs) / sum(n_pairs * n_pairs) as effective_people
from people
group by side, persona_id, target_persona_id
