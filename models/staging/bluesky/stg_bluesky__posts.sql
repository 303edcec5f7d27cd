{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ forget_unwanted('event_id', current_versions()) }}",
            "{{ compress_as_zstd(true) }}",
        ],
        post_hook="{{ compress_as_zstd(false) }}",
    )
}}
-- Grain: one row per available post: the text and what came with it, as its current version has them. What was deleted,
-- replaced by an edit, or written by somebody who is withheld is not here, and leaves with the next build.
with

    wanted as (
        select *
        from {{ current_versions() }}
        {% if is_incremental() %} where event_id not in (select kept.event_id from {{ this }} as kept) {% endif %}
    )

select
    wanted.event_id,
    wanted.uri,
    wanted.author_did,
    events.text,
    {{ json_array("events.record", "langs") }} as langs,
    {{ json_array("events.record", "facets") }} as facets,
    {{ json_array("events.record", "labels.values") }} as self_labels,
    {{ json_array("events.record", "tags") }} as tags,
    events.root_uri,
    events.quoted_uri,
    events.embed_type,
    events.link_uri,
    events.created_at,
    events.via
from
    (
        select
            event_id,
            root_uri,
            quoted_uri,
            record,
            {{
                json_columns(
                    "record",
                    {
                        "text": "text",
                        "embed_type": "embed.$type",
                        "link_uri": "embed.external.uri",
                        "created_at": "createdAt",
                        "via": "via",
                    },
                )
            }}
        from {{ ref("events") }}
        where collection = 'app.bsky.feed.post' and operation <> 'delete'
    ) as events
inner join wanted on events.event_id = wanted.event_id
