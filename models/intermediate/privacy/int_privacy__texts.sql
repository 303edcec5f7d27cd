-- Grain: one row per distinct text that a message shows, with what is known of it before any pattern is tried: the mentions and
-- links that its authors marked, and the names of people in it. The key changes when any of it does, or the recognisers.
with

    texts as (select text_hash, min(text) as text from {{ ref("int_privacy__written") }} group by text_hash),

    marked as (
        select distinct
            written.text_hash,
            facets.byte_start,
            facets.byte_end,
            case when facets.feature_type = 'app.bsky.richtext.facet#mention' then 'HANDLE' else 'URL' end as entity
        from {{ ref("stg_bluesky__facets") }} as facets
        inner join {{ ref("int_privacy__written") }} as written on facets.event_id = written.event_id
        where
            facets.feature_type in ('app.bsky.richtext.facet#mention', 'app.bsky.richtext.facet#link')
            and facets.byte_start is not null
            and facets.byte_end is not null
    ),

    facets as (
        select
            text_hash,
            {{
                ordered_structs(
                    {"byte_start": "byte_start", "byte_end": "byte_end", "entity": "entity"},
                    "byte_start, byte_end, entity",
                )
            }} as facets,
            {{ ordered_list("byte_start || ' ' || byte_end || ' ' || entity", "byte_start, byte_end, entity") }} as facet_words
        from marked
        group by text_hash
    ),

    names as (
        select text_hash, {{ ordered_list("name", "name") }} as names from {{ ref("int_privacy__named") }} group by text_hash
    )

select
    texts.text_hash,
    texts.text,
    facets.facets,
    names.names,
    md5(
        concat_ws(
            '|',
            texts.text_hash,
            coalesce(array_join(facets.facet_words, ','), ''),
            coalesce(array_join(names.names, ','), ''),
            '{{ setting("ner") }}',
            getvariable('recogniser_version')
        )
    ) as redaction_key
from texts
left join facets on texts.text_hash = facets.text_hash
left join names on texts.text_hash = names.text_hash
