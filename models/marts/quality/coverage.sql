-- Grain: one row per action type and outcome. Every landed line is counted once: as the thread its action closed, or with
-- the reason why it is none. Large tables stand where they are read: a CTE that is read twice is kept in memory as a whole, at
-- ten million events 1.8 GB instead of 0.7.
with

    duplicates as (select event_id from {{ ref("stg_bluesky__duplicates") }}),

    -- (collection, operation) pairs that are actions, whatever the variant
    action_kinds as (select distinct collection, operation from {{ ref("action_types") }}),

    counted as (
        select action_type, outcome, count(*) as n_events from {{ ref("int_actions__outcomes") }} group by action_type, outcome
    ),

    -- Whose they are is looked up for some of each, evenly: for a hundred million it would take more than all else here.
    sampled as (
        select outcomes.action_id, outcomes.action_type, outcomes.outcome, outcomes.answered_post_id
        from {{ ref("int_actions__outcomes") }} as outcomes
        inner join counted on outcomes.action_type = counted.action_type and outcomes.outcome = counted.outcome
        where outcomes.action_id % greatest(cast(floor(counted.n_events / {{ 100 * setting("k") }}) as bigint), 1) = 0
    ),

    withheld_authors as (
        select sampled.action_id, posts.author_did
        from {{ ref("stg_bluesky__post_states") }} as posts
        inner join sampled on posts.post_id = sampled.answered_post_id
        where sampled.outcome = 'target_withheld'
    ),

    people as (
        select
            sampled.action_type,
            sampled.outcome,
            count(distinct coalesce(withheld_authors.author_did, deliveries.actor_did)) as n_people
        from {{ ref("int_actions__delivered") }} as deliveries
        inner join sampled on deliveries.action_id = sampled.action_id
        left join withheld_authors on sampled.action_id = withheld_authors.action_id
        group by sampled.action_type, sampled.outcome
    ),

    explained as (
        select counted.action_type, counted.outcome, counted.n_events, coalesce(people.n_people, 0) as n_people
        from counted
        left join people on counted.action_type = people.action_type and counted.outcome = people.outcome

        union all

        select
            deliveries.action_type,
            'duplicate' as outcome,
            count(*) as n_events,
            count(distinct deliveries.actor_did) as n_people
        from {{ ref("int_actions__delivered") }} as deliveries
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
            count(*) as n_events,
            count(distinct lines.did) as n_people
        from {{ ref("events") }} as lines
        inner join {{ ref("files") }} as files on lines.file_number = files.number
        left join action_kinds on lines.collection = action_kinds.collection and lines.operation = action_kinds.operation
        left join duplicates on lines.event_id = duplicates.event_id
        where action_kinds.operation is null or not files.is_selected
        group by outcome
    )

select action_type, outcome, cast(n_events as bigint) as n_events, cast(n_people as bigint) as n_people
from explained
order by action_type, outcome
