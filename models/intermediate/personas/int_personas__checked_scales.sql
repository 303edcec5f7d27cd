-- Grain: one row per scale that is there or should be, with what the gate looks at.
with

    users as (select count(*) as n_users from {{ ref("int_personas__users") }}),

    expected as (
        {% for scale in setting("persona_scales") %}
            select cast({{ scale }} as int) as scale
            from users
            where n_users >= {{ scale * setting("min_persona_size") }}
            union
        {% endfor %}
        select scale
        from {{ ref("persona_members") }}
    )

select
    expected.scale,
    count(members.user_did) - max(users.n_users) as n_rows_beyond_users,
    count(distinct members.user_did) - max(users.n_users) as n_people_beyond_users,
    count(distinct members.persona_id) - expected.scale as n_personas_beyond_scale,
    coalesce(min(members.persona_id), -1) as first_persona_id,
    coalesce(max(members.persona_id), -1) + 1 - expected.scale as n_numbers_beyond_scale,
    max(users.n_users)
    - (select count(*) from {{ ref("user_vectors") }} as vectors where vectors.part = 'whole') as n_users_without_vector
from expected
cross join users
left join {{ ref("persona_members") }} as members on expected.scale = members.scale
group by expected.scale
