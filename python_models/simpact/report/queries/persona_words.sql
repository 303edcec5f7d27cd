-- Grain: one row per persona of the finest scale and word, of the two thousand words that most released actions have.
-- Placeholders such as <URL> are no words.
with

    finest as (select max(scale) as scale from simpact_release.release.personas),

    texts as (
        select threads.personas[finest.scale] as persona_id, messages.message_text
        from simpact_release.release.messages as messages
        inner join simpact_release.release.threads as threads on messages.thread_id = threads.thread_id
        cross join finest
        where messages.is_action and messages.message_text is not null and threads.personas[finest.scale] is not null
    ),

    words as (
        select
            persona_id,
            unnest(regexp_extract_all(strip_accents(lower(regexp_replace(message_text, '<[A-Z_]+>', ' ', 'g'))), '[\pL\pN]{2,}'))
            as word
        from texts
    ),

    counted as (select persona_id, word, count(*) as n from words group by persona_id, word),

    common as (
        select word, row_number() over (order by sum(n) desc, word) - 1 as word_number
        from counted
        group by word
        qualify word_number < 2000
    )

select counted.persona_id, common.word_number, counted.n
from counted
inner join common on counted.word = common.word
order by counted.persona_id, common.word_number
