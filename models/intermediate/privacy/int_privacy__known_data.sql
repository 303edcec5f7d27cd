{{ config(materialized="view") }}
-- Grain: one row per distinct text of which it is known what personal data it holds, and source of that knowledge: what is
-- there and what was found. Of facets, what the recognisers find without them; of very many texts, those with the lowest
-- hashes.
with

    shown as (
        select texts.text_hash, finding.entity, finding.source, finding.char_start, finding.char_end
        from {{ ref("int_privacy__texts") }} as texts
        inner join {{ ref("redacted_texts") }} as redacted on texts.redaction_key = redacted.redaction_key
        cross join lateral unnest(redacted.findings) as unnested(finding)
    ),

    found as (
        select 'planted' as knowledge, text_hash, entity, char_start, char_end
        from shown

        union all

        select 'facets' as knowledge, text_hash, entity, char_start, char_end
        from shown
        where source <> 'facet'
    ),

    known as (
        select 'planted' as knowledge, text_hash, entity, char_start, char_end
        from {{ ref("int_privacy__planted") }}

        union all

        select 'facets' as knowledge, text_hash, entity, char_start, char_end
        from shown
        where source = 'facet'
    ),

    known_texts as (
        select
            knowledge,
            text_hash,
            {{
                ordered_structs(
                    {"entity": "entity", "char_start": "char_start", "char_end": "char_end"},
                    "char_start, char_end, entity",
                )
            }} as truth
        from known
        group by knowledge, text_hash
    ),

    found_texts as (
        select
            knowledge,
            text_hash,
            {{
                ordered_structs(
                    {"entity": "entity", "char_start": "char_start", "char_end": "char_end"},
                    "char_start, char_end, entity",
                )
            }} as found
        from found
        group by knowledge, text_hash
    )

select known_texts.knowledge as source, known_texts.text_hash, known_texts.truth, found_texts.found
from known_texts
left join found_texts on known_texts.knowledge = found_texts.knowledge and known_texts.text_hash = found_texts.text_hash
order by known_texts.text_hash, source
limit 50000
