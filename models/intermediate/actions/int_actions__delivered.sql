{{ config(materialized="view") }}
-- Grain: one row per delivery of an action: a commit that seeds/action_types.csv names.
with

    events as (
        select
            *,
            case
                when collection <> 'app.bsky.feed.post' or operation <> 'create'
                then ''
                when parent_uri is not null
                then 'reply'
                when {{ is_post_uri("quoted_uri") }}
                then 'quote'
                else 'post'
            end as variant
        from {{ ref("base_bluesky__commits") }}
    )

select
    events.event_id as action_id,
    events.did as actor_did,
    action_types.action_type,
    action_types.direction,
    action_types.carries_text,
    events.time_us as acted_us,
    events.operation,
    events.collection,
    case
        when events.collection = 'app.bsky.feed.post'
        then 'at://' || events.did || '/' || events.collection || '/' || events.rkey
    end as post_uri,
    events.subject,
    events.parent_uri,
    events.quoted_uri,
    events.has_record
from events
inner join
    {{ ref("action_types") }} as action_types
    on events.collection = action_types.collection
    and events.operation = action_types.operation
    and events.variant = coalesce(action_types.variant, '')
