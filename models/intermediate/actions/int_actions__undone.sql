{{
    config(
        pre_hook="{{ joins_as_written(true) }}", post_hook="{{ joins_as_written(false) }}"
    )
}}
-- Grain: one row per un-action whose create arrived: the one it undoes, of the same record key and the greatest rev below its own.
with

    commits as (
        select event_id, did, collection, rkey, rev, operation, subject
        from {{ ref("stg_bluesky__commits") }}
        where
            collection in (
                'app.bsky.feed.like',
                'app.bsky.feed.repost',
                'app.bsky.graph.follow',
                'app.bsky.graph.block'
            )
    ),

    undone as (
        select
            undos.event_id as action_id,
            max_by(creates.event_id, creates.rev) as undone_action_id
        from (select * from commits where operation = 'create') as creates
        inner join (select * from commits where operation = 'delete') as undos
            on creates.did = undos.did
            and creates.collection = undos.collection
            and creates.rkey = undos.rkey
            and creates.rev < undos.rev
        group by undos.event_id
    )

select undone.action_id, undone.undone_action_id, commits.subject
from commits
inner join undone on commits.event_id = undone.undone_action_id
