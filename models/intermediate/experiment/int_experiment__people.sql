-- Grain: one row per person who acts in the release. A tenth, drawn at random, never trains: an attack on adapters compares
-- the people they saw with people like them whom they did not. The others fall into random groups as large as the chosen
-- personas.
with

    acting as (select distinct actor_did from {{ ref("int_privacy__released") }}),

    drawn as (
        select actor_did, row_number() over (order by md5('{{ setting("seed") }} people ' || actor_did), actor_did) as person
        from acting
    ),

    sizes as (
        select
            personas.persona_id,
            sum(count(*)) over (order by personas.persona_id) as last_person,
            sum(count(*)) over (order by personas.persona_id) - count(*) as people_before
        from {{ ref("int_experiment__personas") }} as personas
        inner join
            {{ ref("persona_members") }} as members
            on personas.scale = members.scale
            and personas.persona_id = members.persona_id
        inner join acting on members.user_did = acting.actor_did
        group by personas.persona_id
    )

select drawn.actor_did, drawn.person, drawn.person % 10 = 0 as is_control, sizes.persona_id as random_group
from drawn
left join sizes on drawn.person > sizes.people_before and drawn.person <= sizes.last_person
