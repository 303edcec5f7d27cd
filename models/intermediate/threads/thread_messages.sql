{{ config(materialized="view") }}
-- Grain: one row per message of a thread: the path to the post answered, in time order, and last the action. Words are
-- stored once, in stg_bluesky__posts, and joined here: what is deleted there is gone from every thread.
with

    threads as (select * from {{ ref("threads") }}),

    posts as (select * from {{ ref("stg_bluesky__posts") }}),

    messages as (
        select
            threads.thread_id,
            paths.message_index,
            false as is_action,
            cast(null as string) as action_type,
            paths.author_did,
            paths.post_id,
            -- What an edit or a deletion answers is gone.
            case
                when paths.distance > 0 or threads.action_type not in ('post_update', 'post_delete') then paths.current_event_id
            end as text_event_id,
            paths.sent_us
        from threads
        inner join {{ ref("int_threads__paths") }} as paths on threads.answered_post_id = paths.answered_post_id

        union all

        select
            thread_id,
            message_count - 1 as message_index,
            true as is_action,
            action_type,
            actor_did as author_did,
            cast(null as bigint) as post_id,
            thread_id as text_event_id,
            closed_us as sent_us
        from threads
    )

select
    messages.thread_id,
    messages.message_index,
    messages.is_action,
    messages.action_type,
    messages.author_did,
    messages.post_id,
    messages.text_event_id,
    posts.text as message_text,
    messages.sent_us,
    timestamp_micros(messages.sent_us) as sent_at
from messages
left join posts on messages.text_event_id = posts.event_id
