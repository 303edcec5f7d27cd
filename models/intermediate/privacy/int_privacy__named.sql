-- Grain: one row per distinct text and name in it. A name that is a word of the language is left alone: a single word that
-- `k` people write, or several words that `k` people write in small letters.
with

    texts as (
        select text_hash, min(words_of(text)) as words, min(' ' || text || ' ') as text
        from {{ ref("int_privacy__written") }}
        group by text_hash
    ),

    split as (select text_hash, string_split(words, ' ') as words from texts),

    words as (select distinct split.text_hash, word from split cross join lateral unnest(split.words) as unnested(word)),

    found as (
        select
            texts.text_hash,
            names.name,
            names.is_of_several_words,
            contains(cased_words_of(texts.text), ' ' || names.name || ' ') as is_in_small_letters
        from words
        inner join {{ ref("int_privacy__names") }} as names on words.word = names.longest_word
        inner join texts on words.text_hash = texts.text_hash
        where contains(texts.words, ' ' || names.name || ' ')
    ),

    common as (
        select found.name
        from found
        inner join {{ ref("int_privacy__written") }} as written on found.text_hash = written.text_hash
        where not found.is_of_several_words or found.is_in_small_letters
        group by found.name
        having count(distinct written.author_did) >= {{ setting("k") }}
    )

select text_hash, name
from found
where name not in (select common.name from common)
