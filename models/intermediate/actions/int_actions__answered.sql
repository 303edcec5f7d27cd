{{ config(materialized="view") }}
-- Grain: one row per action that this build folds, with the post it answers. A text-directed action answers the post it
-- names, a user-directed one what int_actions__contexts has found.
select
    actions.action_id,
    actions.actor_did,
    actions.action_type,
    actions.direction,
    actions.carries_text,
    actions.acted_us,
    actions.post_uri,
    actions.target_uri,
    actions.is_valid,
    actions.is_undone_record_missing,
    coalesce(posts.post_id, contexts.answered_post_id) as answered_post_id,
    coalesce(posts.is_deleted, false) as is_answered_deleted,
    coalesce(posts.is_withheld, false) as is_answered_withheld,
    case when posts.post_id is not null then 'direct' else contexts.context_method end as context_method,
    case
        when coalesce(posts.post_id, contexts.answered_post_id) is not null
        then cast(floor(greatest(actions.acted_us - coalesce(posts.created_us, contexts.answered_us), 0) / 1000000) as bigint)
    end as context_age_seconds
from {{ ref("int_fold__targeted") }} as actions
left join {{ ref("stg_bluesky__post_states") }} as posts on actions.target_uri = posts.uri
left join {{ ref("int_actions__contexts") }} as contexts on actions.action_id = contexts.action_id
