{{ config(materialized="view") }}
-- Grain: one row per thread whose actor could read words that are known still: those of somebody else, not edited since. The
-- words of a post that its author edits or deletes are gone; were those of other own posts known, the lack of words would tell
-- what is done.
with

    edits as (
        select target_uri as uri, max(acted_us) as edited_us
        from {{ ref("int_prediction__history") }}
        where action_group = 'change'
        group by target_uri
    )

select threads.thread_id, threads.answered_post_id as post_id, states.current_event_id as event_id, contexts.text_hash
from {{ ref("int_prediction__threads") }} as threads
inner join {{ ref("stg_bluesky__post_states") }} as states on threads.answered_post_id = states.post_id
left join {{ ref("int_prediction__contexts") }} as contexts on threads.answered_post_id = contexts.post_id
left join edits on threads.context_uri = edits.uri
where
    states.is_available
    and threads.author_did <> threads.actor_did
    and (edits.edited_us is null or edits.edited_us < threads.acted_us)
