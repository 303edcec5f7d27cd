-- Grain: one row per action type and outcome. Every landed line is counted once: as the thread its action closed, or with
-- the reason why it is none.
with

    deliveries as (select action_id, action_type from {{ ref("int_actions__delivered") }}),

    duplicates as (select event_id from {{ ref("stg_bluesky__duplicates") }}),

    -- (collection, operation) pairs that are actions, whatever the variant
    action_kinds as (select distinct collection, operation from {{ ref("action_types") }}),

    explained as (
        select action_type, outcome, count(*) as n_events
        from {{ ref("int_actions__outcomes") }}
        group by action_type, outcome

        union all

        select deliveries.action_type, 'duplicate' as outcome, count(*) as n_events
        from deliveries
        inner join duplicates on deliveries.action_id = duplicates.event_id
        group by deliveries.action_type

        union all

        select
            'none' as action_type,
            case
                when lines.reject_reason is not null
                then 'rejected'
                when not files.is_selected
                then 'file_not_selected'
                when duplicates.event_id is not null
                then 'duplicate'
                when lines.kind in ('account', 'identity')
                then lines.kind
                when lines.kind <> 'commit'
                then 'other_kind'
                when lines.collection = 'app.bsky.actor.profile'
                then 'profile'
                when lines.collection = 'org.user-intents.declaration'
                then 'user_intent'
                when lines.collection in (select action_kinds.collection from action_kinds)
                then 'other_operation'
                else 'other_collection'
            end as outcome,
            count(*) as n_events
        from {{ ref("events") }} as lines
        inner join {{ ref("files") }} as files on lines.file_number = files.number
        left join action_kinds on lines.collection = action_kinds.collection and lines.operation = action_kinds.operation
        left join duplicates on lines.event_id = duplicates.event_id
        where action_kinds.operation is null or not files.is_selected
        group by outcome
    )

select action_type, outcome, cast(n_events as bigint) as n_events
from explained
order by action_type, outcome
