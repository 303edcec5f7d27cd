-- Grain: one row per un-action whose create arrived: the one it undoes, of the same record key and the greatest rev below its own.
with

    actions as (
        select *
        from {{ ref("int_actions__delivered") }}
        where
            collection <> 'app.bsky.feed.post'
            and action_id not in (select event_id from {{ ref("stg_bluesky__duplicates") }})
    ),

    undone as (
        select undos.action_id, max_by(creates.action_id, creates.rev) as undone_action_id
        from actions as undos
        inner join actions as creates
            on undos.actor_did = creates.actor_did
            and undos.collection = creates.collection
            and undos.rkey = creates.rkey
            and undos.rev > creates.rev
        where undos.operation = 'delete' and creates.operation = 'create'
        group by undos.action_id
    )

select undone.action_id, undone.undone_action_id, creates.subject
from undone
inner join actions as creates on undone.undone_action_id = creates.action_id
