-- Grain: one row per thread: who acts on whose post, when. What the action is shall be predicted.
select
    threads.thread_id,
    threads.actor_did,
    threads.action_type,
    threads.acted_us,
    threads.answered_post_id,
    contexts.uri as context_uri,
    contexts.author_did,
    members.persona_id
from {{ ref("threads") }} as threads
left join {{ ref("stg_bluesky__post_states") }} as contexts on threads.answered_post_id = contexts.post_id
left join
    {{ ref("persona_members") }} as members
    on threads.actor_did = members.user_did
    and members.scale = {{ setting("adapter_scale") }}
