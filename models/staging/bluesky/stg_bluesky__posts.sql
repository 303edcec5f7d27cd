{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_unwanted('event_id', current_versions()) }}",
    )
}}
-- Grain: one row per available post: the text and what came with it, as its current version has them. What was deleted,
-- replaced by an edit, or written by somebody who is withheld is not here, and leaves with the next build.
with

    wanted as (
        select *
        from {{ current_versions() }}
        {% if is_incremental() %} where event_id not in (select kept.event_id from {{ this }} as kept) {% endif %}
    ),

    started as (select after_file_number from {{ ref("stg_fold__started") }}),

    -- Hardly any wanted post is old, and to find those few apart from the new ones reads less of the archive.
    versions as (
        select event_id, root_uri, quoted_uri, record
        from {{ ref("events") }}
        where file_number > (select started.after_file_number from started) and collection = 'app.bsky.feed.post'

        union all

        select event_id, root_uri, quoted_uri, record
        from {{ ref("events") }}
        where
            file_number <= (select started.after_file_number from started)
            and event_id in (
                select wanted.event_id
                from wanted
                where wanted.event_id < (select started.after_file_number + 1 from started) * 4294967296
            )
    )

select
    wanted.event_id,
    wanted.uri,
    wanted.author_did,
    events.text,
    {{ json_array("events.record", "langs") }} as langs,
    {{ json_object_array("events.record", "facets") }} as facets,
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
        from versions
    ) as events
inner join wanted on events.event_id = wanted.event_id
