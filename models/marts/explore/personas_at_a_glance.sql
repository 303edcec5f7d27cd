{{ config(materialized="view", alias="personas") }}
-- Grain: one row per persona: a group of people who write alike.
with

    threads as (
        select members.scale, members.persona_id, count(*) as thread_count
        from {{ ref("threads") }} as threads
        inner join {{ ref("persona_members") }} as members on threads.actor_did = members.user_did
        group by members.scale, members.persona_id
    )

select
    personas.scale,
    personas.persona_id,
    personas.parent_persona_id,
    personas.n_users as user_count,
    personas.n_posts as post_count,
    coalesce(threads.thread_count, 0) as thread_count,
    personas.silhouette,
    personas.top_terms
from {{ ref("personas") }} as personas
left join threads on personas.scale = threads.scale and personas.persona_id = threads.persona_id
order by personas.scale, personas.persona_id
