{{ config(materialized="view") }}
-- Grain: one row per released example with a context, with what a recipient of the release knows before the action, and nothing
-- else: the conversation above it, how long after it came, and the persona.
with

    messages as (
        select
            messages.thread_id,
            messages.message_index,
            messages.is_action,
            messages.speaker,
            messages.gap,
            messages.message_text,
            last_value(messages.speaker) over in_order as actor,
            messages.message_index = threads.message_count - 2 as is_answered
        from {{ ref("release_messages") }} as messages
        inner join {{ ref("release_threads") }} as threads on messages.thread_id = threads.thread_id
        window
            in_order as (
                partition by messages.thread_id
                order by messages.message_index
                rows between unbounded preceding and unbounded following
            )
    ),

    contexts as (
        select
            thread_id,
            max(gap) filter (is_action) as gap,
            max(gap) filter (is_answered) as gap_before,
            bool_or(speaker = actor) filter (is_answered) as is_own,
            -- An own post that is edited or deleted has no words here, and stands alone once it is edited: others must not
            -- differ.
            case
                when not bool_or(speaker = actor) filter (is_answered) then count(*) filter (not is_action)
            end as message_count,
            case
                when not bool_or(speaker = actor) filter (is_answered) then count(distinct speaker) filter (not is_action)
            end as speaker_count,
            case
                when not bool_or(speaker = actor) filter (is_answered) then count(*) filter (not is_action and speaker = actor)
            end as messages_by_actor,
            max(length(message_text)) filter (is_answered and speaker <> actor) as text_length,
            max(length(regexp_extract_all(message_text, '\[[A-Z_]+\]'))) filter (is_answered and speaker <> actor) as redacted,
            max(length(regexp_extract_all(message_text, '#[^ ]'))) filter (is_answered and speaker <> actor) as hashtags,
            bool_or(regexp_matches(message_text, 'https?://|\[URL\]')) filter (is_answered and speaker <> actor) as has_link,
            bool_or(contains(message_text, '?')) filter (is_answered and speaker <> actor) as has_question
        from messages
        group by messages.thread_id
    )

select
    examples.thread_id,
    examples.person,
    examples.action_type,
    examples.part_by_time,
    'persona ' || threads.personas[{{ setting("adapter_scale") }}] as persona,
    contexts.* exclude (thread_id)  -- noqa: RF02
from {{ ref("int_prediction__examples") }} as examples
inner join {{ ref("int_privacy__released") }} as released on examples.thread_id = released.thread_id
inner join {{ ref("release_threads") }} as threads on released.released_id = threads.thread_id
inner join contexts on threads.thread_id = contexts.thread_id
where examples.has_context
