{{ config(materialized=on_driver("view")) }}
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

    spans as (
        select 'planted' as source, true as is_truth, text_hash, entity, char_start, char_end
        from {{ ref("int_privacy__planted") }}

        union all

        select 'planted' as source, false as is_truth, text_hash, entity, char_start, char_end
        from shown

        union all

        select 'facets' as source, shown.source = 'facet' as is_truth, text_hash, entity, char_start, char_end
        from shown
    ),

    texts as (
        select
            source,
            is_truth,
            text_hash,
            {{
                ordered_structs(
                    {"entity": "entity", "char_start": "char_start", "char_end": "char_end"},
                    "char_start, char_end, entity",
                )
            }} as spans
        from spans
        group by source, is_truth, text_hash
    )

select truth.source, truth.text_hash, truth.spans as truth, found.spans as found
from texts as truth
left join texts as found on truth.source = found.source and truth.text_hash = found.text_hash and not found.is_truth
where truth.is_truth
order by truth.text_hash, truth.source
limit 50000
