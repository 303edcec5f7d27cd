-- Grain: one row per thread of the release, as a chat: what a model is told, and the answer that was given. Nothing here knows
-- more than a recipient of the release.
{{ config(materialized="view") }}

with

    threads as (select * from {{ ref("release_threads") }}),

    messages as (select * from {{ ref("release_messages") }}),

    action_types as (select * from {{ ref("action_types") }}),

    spoken as (
        select
            thread_id,
            any_value(speaker) filter (is_action) as actor,
            any_value(message_text) filter (is_action) as action_text,
            list(
                {'index':message_index, 'speaker':speaker, 'gap':gap, 'text':coalesce(message_text, '')} order by message_index
            ) filter (not is_action) as context
        from messages
        group by thread_id
    )

select
    threads.thread_id,
    threads.split,
    threads.time_bucket,
    threads.personas,
    threads.action_type,
    spoken.context is not null as has_context,
    [{'role':'system', 'content':{{ system_prompt() }}}] || coalesce(
        list_transform(
            spoken.context,
            lambda message: case
                when message.speaker = spoken.actor
                then
                    {
                        'role':'assistant',
                        'content':to_json(
                            {'action': case when message.index = 0 then 'post' else 'reply' end, 'text':message.text}
                        )::varchar
                    }
                else {'role':'user', 'content':concat(message.speaker, ', ' || message.gap || ' later', ': ', message.text)}
            end
        ),
        []
    ) as prompt,
    case
        when action_types.carries_text
        then to_json({'action':threads.action_type, 'text':coalesce(spoken.action_text, '')})
        else to_json({'action':threads.action_type})
    end::varchar as target,
    spoken.action_text as text
from threads
inner join spoken on threads.thread_id = spoken.thread_id
inner join action_types on threads.action_type = action_types.action_type
