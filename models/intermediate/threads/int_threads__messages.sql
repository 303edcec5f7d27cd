-- Grain: one row per message of a thread. The words stay in stg_bluesky__posts: `text_event_id` points to them.
with

    threads as (
        select * from {{ ref("int_actions__outcomes") }} where outcome = 'threaded'
    ),

    paths as (select * from {{ ref("int_threads__paths") }}),

    answered as (select * from paths where distance = 0)

-- the messages that are answered
select
    threads.action_id as thread_id,
    paths.message_index,
    paths.post_id,
    case
        -- What an edit or a deletion answers is gone.
        when paths.distance > 0 or threads.action_type not in ('post_update', 'post_delete')
        then paths.current_event_id
    end as text_event_id,
    cast(null as bigint) as action_id,
    paths.sent_us
from threads
inner join paths on threads.answered_post_id = paths.answered_post_id

union all

-- the action
select
    threads.action_id as thread_id,
    coalesce(answered.message_index + 1, 0) as message_index,
    cast(null as bigint) as post_id,
    case when threads.carries_text then threads.action_id end as text_event_id,
    threads.action_id,
    greatest(threads.acted_us, coalesce(answered.sent_us, threads.acted_us)) as sent_us
from threads
left join answered on threads.answered_post_id = answered.answered_post_id
