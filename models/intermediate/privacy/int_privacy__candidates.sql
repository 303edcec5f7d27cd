-- Grain: one row per thread of a user with a persona: what a recipient would hold of it besides its words, and whether the user
-- did the same before: the same kind of action with the same words or, without words, on the same post.
with

    spoken as (
        select
            messages.thread_id,
            messages.message_index,
            messages.author_did,
            messages.gap,
            messages.first_index || case when written.event_id is null then '-' else '' end as speaker
        from {{ ref("int_privacy__messages") }} as messages
        left join {{ ref("int_privacy__written") }} as written on messages.text_event_id = written.event_id
    ),

    shapes as (
        select
            thread_id,
            count(distinct author_did) as speaker_count,
            array_join({{ ordered_list("speaker", "message_index") }}, ' ') as speakers,
            array_join({{ ordered_list("coalesce(gap, '')", "message_index") }}, ' ') as gaps
        from spoken
        group by thread_id
    ),

    words as (
        select messages.thread_id, written.text_hash
        from {{ ref("int_privacy__messages") }} as messages
        inner join {{ ref("int_privacy__written") }} as written on messages.text_event_id = written.event_id
        where messages.is_action
    )

select
    threads.thread_id,
    threads.actor_did,
    threads.action_type,
    threads.message_count,
    shapes.speaker_count,
    shapes.speakers,
    shapes.gaps,
    splits.split,
    threads.acted_us,
    row_number() over (
        partition by
            threads.actor_did,
            threads.action_type,
            words.text_hash,
            case when words.text_hash is null then threads.answered_post_id end
        order by threads.acted_us, threads.thread_id
    )
    > 1 as is_repeated
from {{ ref("threads") }} as threads
inner join shapes on threads.thread_id = shapes.thread_id
inner join {{ ref("int_privacy__splits") }} as splits on threads.thread_id = splits.thread_id
left join words on threads.thread_id = words.thread_id
