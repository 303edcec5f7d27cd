{{ config(materialized=on_driver("view")) }}
-- Grain: one row per name of somebody in the archive, or of somebody who was erased from it, as plain words: display names,
-- handles, and the first part of a handle, which is how a person is called elsewhere. To be looked for by its longest word.
with

    told as (
        select trim(words_of(name)) as name
        from {{ ref("stg_bluesky__names") }}

        union

        select trim(words_of(split_part(name, '.', 1))) as name
        from {{ ref("stg_bluesky__names") }}
        where is_handle

        union

        select name
        from unnest({{ erased_names() }}) as erased(name)
    ),

    -- Nobody is called by figures alone or by two letters, or by a whole sentence.
    names as (select name from told where length(name) between 3 and 60 and regexp_like(name, '\pL')),

    words as (select names.name, word from names cross join lateral unnest(string_split(names.name, ' ')) as unnested(word)),

    ranked as (select *, row_number() over (partition by name order by length(word) desc, word) as word_rank from words)

select name, word as longest_word, contains(name, ' ') as is_of_several_words
from ranked
where word_rank = 1
