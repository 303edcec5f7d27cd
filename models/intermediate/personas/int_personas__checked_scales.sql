-- Grain: one row per scale, with what the gate looks at.
with users as (select count(*) as n_users from {{ ref("int_users__in_scope") }})

select
    members.scale,
    count(*) - max(users.n_users) as n_rows_beyond_users,
    count(distinct members.user_did) - max(users.n_users) as n_people_beyond_users,
    count(distinct members.persona_id) - members.scale as n_personas_beyond_scale,
    min(members.persona_id) as first_persona_id,
    max(members.persona_id) + 1 - members.scale as n_numbers_beyond_scale
from {{ ref("persona_members") }} as members
cross join users
group by members.scale
