-- Grain: one row per thread that is to leave, with nothing in it that names a person.
select
    released.released_id as thread_id,
    candidates.action_type,
    released.time_bucket,
    candidates.split,
    {{ map_of("personas.scales", "personas.persona_ids") }} as personas,
    cast(candidates.message_count as int) as message_count,
    cast(candidates.speaker_count as int) as speaker_count
from {{ ref("int_privacy__released") }} as released
inner join {{ ref("int_privacy__candidates") }} as candidates on released.thread_id = candidates.thread_id
left join
    {{ ref("int_privacy__user_personas") }} as personas
    on released.actor_did = personas.user_did
    and released.scale = personas.scale
order by thread_id
