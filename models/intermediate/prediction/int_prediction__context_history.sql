-- Grain: one row per thread with a context: what had become of the post that it answers, and what its actor had done to it.
with

    threads as (select * from {{ ref("int_prediction__threads") }} where context_uri is not null),

    -- What was done to the posts, and the moments at which it is asked for.
    moments as (
        select target_uri as uri, actor_did, action_group, acted_us, acted_us as done_us, null as thread_id
        from {{ ref("int_prediction__history") }}
        where target_uri in (select threads.context_uri from threads)

        union all

        select context_uri as uri, actor_did, null as action_group, acted_us, null as done_us, thread_id
        from threads
    )

select
    thread_id,
    {{ counts_by_group("by_anybody") }} as by_anybody,
    count(action_group) over lately as by_anybody_in_ten_minutes,
    (acted_us - max(done_us) over by_anybody) / 1e6 as seconds_since_anybody,
    {{ counts_by_group("by_actor") }} as by_actor,
    (acted_us - max(done_us) over by_actor) / 1e6 as seconds_since_actor
from moments
window
    by_anybody as (partition by uri {{ before() }}),
    lately as (partition by uri {{ before(600000000) }}),
    by_actor as (partition by uri, actor_did {{ before() }})
qualify thread_id is not null
