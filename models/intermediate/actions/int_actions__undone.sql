{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('record_hash', ref('stg_fold__touched_commits')) }}",
    )
}}
-- depends_on: {{ ref("stg_fold__touched_commits") }}
-- depends_on: {{ ref("base_bluesky__commits") }}
-- Grain: one row per un-action whose create arrived: the one it undoes, of the same record key and the greatest rev below
-- its own.
with

    creates as (
        select event_id, record_hash, did, collection, rkey, rev, subject
        from {{ commits_to_fold() }}
        where
            operation = 'create'
            and collection <> 'app.bsky.feed.post'
            and event_id not in (select duplicates.event_id from {{ ref("stg_bluesky__duplicates") }} as duplicates)
    ),

    undos as (
        select event_id, did, collection, rkey, rev, time_us
        from {{ commits_to_fold() }}
        where
            operation = 'delete'
            and collection <> 'app.bsky.feed.post'
            and collection in (select action_types.collection from {{ ref("action_types") }} as action_types)
            and event_id not in (select duplicates.event_id from {{ ref("stg_bluesky__duplicates") }} as duplicates)
    ),

    ranked as (
        select
            undos.event_id as action_id,
            undos.did as actor_did,
            undos.time_us as acted_us,
            creates.event_id as undone_action_id,
            creates.record_hash,
            creates.subject,
            row_number() over (partition by undos.event_id order by creates.rev desc) as age_rank
        from creates
        inner join
            undos
            on creates.did = undos.did
            and creates.collection = undos.collection
            and creates.rkey = undos.rkey
            and creates.rev < undos.rev
    )

select action_id, actor_did, acted_us, record_hash, undone_action_id, subject
from ranked
where age_rank = 1
