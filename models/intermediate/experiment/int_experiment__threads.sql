-- Grain: one row per thread of the release: who acts in it, by number, and where it stands in every draw. The draw does not
-- depend on numbers of the release, so that a new release of the same threads finds its adapters trained.
select
    threads.thread_id,
    threads.split,
    threads.action_type,
    threads.time_bucket,
    threads.message_count > 1 as has_context,
    threads.personas[{{ setting("adapter_scale") }}] as persona_id,
    people.person,
    people.is_control,
    people.random_group,
    md5('{{ setting("seed") }} thread ' || released.thread_id) as draw
from {{ ref("release_threads") }} as threads
inner join {{ ref("int_privacy__released") }} as released on threads.thread_id = released.released_id
inner join {{ ref("int_experiment__people") }} as people on released.actor_did = people.actor_did
