-- Grain: one row per held-out thread of a chosen persona: its loss under the adapter of each, in the order of the personas,
-- and the place of its own persona among them. Personas whose adapter waits, or who have no prompts, have no place.
with

    losses as (select * from {{ ref("int_experiment__cross_persona") }}),

    places as (
        select persona_id, row_number() over (order by persona_id) - 1 as place
        from
            (
                select persona_id
                from losses
                intersect
                select adapter_persona_id as persona_id
                from losses
            ) as both_sides
    )

select
    losses.draw,
    losses.person,
    any_value(losses.n_answer_tokens) as tokens,
    any_value(own.place) as place,
    list(losses.answer_nats order by adapters.place) as nats
from losses
inner join places as own on losses.persona_id = own.persona_id
inner join places as adapters on losses.adapter_persona_id = adapters.persona_id
group by losses.draw, losses.person, losses.persona_id
order by losses.draw
