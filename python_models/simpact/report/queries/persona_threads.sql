-- Grain: one row per message of a few released threads: for the three personas with the most threads at the finest scale, two
-- actions with words that answer something. Thread ids are random, so the lowest ones are a fair draw.
with

    chosen as (
        select scale, persona_id, thread_count
        from simpact_release.release.personas
        where scale = (select max(scale) from simpact_release.release.personas)
        order by thread_count desc, persona_id
        limit 3
    ),

    drawn as (
        select chosen.scale, chosen.persona_id, chosen.thread_count, threads.thread_id, threads.action_type
        from simpact_release.release.threads as threads
        inner join chosen on threads.personas[chosen.scale] = chosen.persona_id
        inner join simpact_release.release.messages as messages on threads.thread_id = messages.thread_id
        where messages.is_action and messages.message_text is not null and threads.message_count > 1
        qualify row_number() over (partition by chosen.persona_id order by threads.thread_id) <= 2
    )

select
    drawn.scale,
    drawn.persona_id,
    drawn.thread_id,
    drawn.action_type,
    messages.speaker,
    messages.is_action,
    messages.gap,
    case
        when len(messages.message_text) > 400 then left(messages.message_text, 400) || '…'
        else messages.message_text
    end as message_text
from drawn
inner join simpact_release.release.messages as messages on drawn.thread_id = messages.thread_id
order by drawn.thread_count desc, drawn.persona_id, drawn.thread_id, messages.message_index
