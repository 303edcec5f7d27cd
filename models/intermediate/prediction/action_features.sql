-- Grain: one row per thread, that is per action of a kept user: what could be known of it before. Everything counts what was
-- delivered in the microseconds before `acted_us`, and nothing of that moment itself.
select
    threads.thread_id,
    threads.actor_did,
    threads.action_type,
    threads.acted_us,
    threads.answered_post_id is not null as has_context,
    traits.* exclude (thread_id),  -- noqa: RF02
    likenesses.likeness,
    hour(make_timestamp(threads.acted_us)) as hour_of_day,
    isodow(make_timestamp(threads.acted_us)) as weekday,
    actors.since_last_us / 1e6 as seconds_since_last,
    actors.last_action,
    actors.session_place,
    actors.session_us / 1e6 as session_seconds,
    actors.seconds_since,
    actors.last_minute,
    actors.last_hour,
    actors.last_day,
    actors.last_week,
    actors.ever,
    contexts.by_anybody as context_by_anybody,
    contexts.by_anybody_in_ten_minutes as context_in_ten_minutes,
    contexts.seconds_since_anybody as context_seconds_since_anybody,
    contexts.by_actor as context_by_actor,
    contexts.seconds_since_actor as context_seconds_since_actor,
    authors.posts as author_posts,
    authors.seconds_since_post as author_seconds_since_post,
    authors.received as author_received,
    authors.from_actor as author_from_actor,
    authors.last_from_actor as author_last_from_actor,
    authors.seconds_since_actor as author_seconds_since_actor,
    authors.to_actor as author_to_actor,
    personas.persona_prior,
    running.automation_so_far
from {{ ref("int_prediction__threads") }} as threads
inner join {{ ref("int_prediction__actor_history") }} as actors on threads.thread_id = actors.thread_id
left join {{ ref("int_prediction__context_traits") }} as traits on threads.thread_id = traits.thread_id
left join {{ ref("int_prediction__context_history") }} as contexts on threads.thread_id = contexts.thread_id
left join {{ ref("int_prediction__author_history") }} as authors on threads.thread_id = authors.thread_id
left join {{ ref("int_prediction__persona_history") }} as personas on threads.thread_id = personas.thread_id
left join {{ ref("int_automation__running") }} as running on threads.thread_id = running.action_id
left join {{ ref("likenesses") }} as likenesses on threads.thread_id = likenesses.thread_id
