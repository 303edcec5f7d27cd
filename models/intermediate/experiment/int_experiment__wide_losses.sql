-- Grain: one row per held-out thread of a chosen persona: its loss under the adapter of each, in the order of the personas,
-- and the
-- place of its own persona among them.
with

    places as (
        select persona_id, row_number() over (order by persona_id) - 1 as place from {{ ref("int_experiment__personas") }}
    )

select
    losses.draw,
    losses.person,
    any_value(losses.n_answer_tokens) as tokens,
    any_value(places.place) as place,
    list(losses.answer_nats order by losses.adapter_persona_id) as nats
from {{ ref("int_experiment__cross_persona") }} as losses
inner join places on losses.persona_id = places.persona_id
group by losses.draw, losses.person, losses.persona_id
order by losses.draw
