-- Grain: one row per persona: a group of users at one scale.
with

    members as (select * from {{ ref("persona_members") }}),

    terms as (
        select scale, persona_id, {{ ordered_list("term", "term_rank") }} as top_terms
        from {{ ref("int_personas__terms") }}
        group by scale, persona_id
    ),

    scales as (
        select scale, lag(scale) over (order by scale) as coarser_scale from (select distinct scale from members) as scales
    ),

    -- All members of a nested persona have the same one at the next coarser scale.
    parents as (
        select members.scale, members.persona_id, min(coarser.persona_id) as parent_persona_id
        from members
        inner join scales on members.scale = scales.scale
        inner join members as coarser on members.user_did = coarser.user_did and scales.coarser_scale = coarser.scale
        group by members.scale, members.persona_id
        having {% if setting("personas") == "nested" %} true{% else %} false{% endif %}
    ),

    groups as (
        select
            members.scale,
            members.persona_id,
            count(*) as n_users,
            cast(sum(users.kept_post_count) as bigint) as n_posts,
            avg(members.silhouette) as silhouette,
            avg(members.distance) as mean_distance,
            count(case when members.previous_persona_id <> members.persona_id then 1 end) as n_moved_in
        from members
        inner join {{ ref("int_personas__users") }} as users on members.user_did = users.user_did
        group by members.scale, members.persona_id
    )

select
    groups.scale,
    groups.persona_id,
    parents.parent_persona_id,
    groups.n_users,
    groups.n_posts,
    groups.silhouette,
    groups.mean_distance,
    groups.n_moved_in,
    terms.top_terms
from groups
left join parents on groups.scale = parents.scale and groups.persona_id = parents.persona_id
left join terms on groups.scale = terms.scale and groups.persona_id = terms.persona_id
