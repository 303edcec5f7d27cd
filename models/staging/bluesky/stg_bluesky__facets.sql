-- Grain: one row per feature of a facet: a mention, link or tag at the UTF-8 bytes [byte_start, byte_end) of the text.
with

    facets as (
        select
            posts.event_id,
            {{ json_columns("facet", {"byte_start": "index.byteStart", "byte_end": "index.byteEnd"}) }},
            {{ json_object_array("facet", "features") }} as features
        from {{ ref("stg_bluesky__posts") }} as posts
        cross join lateral unnest(posts.facets) as unnested(facet)
    )

select
    facets.event_id,
    whole_number(facets.byte_start) as byte_start,
    whole_number(facets.byte_end) as byte_end,
    {{
        json_columns(
            "feature",
            {"feature_type": "$type", "mentioned_did": "did", "link_uri": "uri", "tag": "tag"},
        )
    }}
from facets
cross join lateral unnest(facets.features) as unnested(feature)
