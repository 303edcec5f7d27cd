{{ config(materialized="view") }}
-- Grain: one row per action that this build folds, with the post it answers. A text-directed action answers the post it
-- names, a user-directed one what int_actions__contexts has found.
with

    -- Whether it is on topic comes with it: one lookup more of every action spills as much as all others together.
    posts as (
        select states.uri, states.post_id, states.created_us, states.is_deleted, states.is_withheld, scope.is_on_topic
        from {{ ref("stg_bluesky__post_states") }} as states
        inner join {{ ref("int_posts__scope") }} as scope on states.post_id = scope.post_id
    ),

    contexts as (
        select contexts.action_id, contexts.answered_post_id, contexts.answered_us, contexts.context_method, scope.is_on_topic
        from {{ ref("int_actions__contexts") }} as contexts
        inner join {{ ref("int_posts__scope") }} as scope on contexts.answered_post_id = scope.post_id
    )

select
    actions.action_id,
    actions.actor_did,
    actions.action_type,
    actions.direction,
    actions.carries_text,
    actions.acted_us,
    actions.post_uri,
    actions.is_target_a_post,
    actions.is_valid,
    actions.is_undone_record_missing,
    coalesce(posts.post_id, contexts.answered_post_id) as answered_post_id,
    coalesce(posts.is_deleted, false) as is_answered_deleted,
    coalesce(posts.is_withheld, false) as is_answered_withheld,
    coalesce(posts.is_on_topic, contexts.is_on_topic) as is_answered_on_topic,
    case when posts.post_id is not null then 'direct' else contexts.context_method end as context_method,
    case
        when coalesce(posts.post_id, contexts.answered_post_id) is not null
        then cast(floor(greatest(actions.acted_us - coalesce(posts.created_us, contexts.answered_us), 0) / 1000000) as bigint)
    end as context_age_seconds
from {{ ref("int_fold__targeted") }} as actions
left join posts on {{ uri_key("actions.target_uri") }} = {{ uri_key("posts.uri") }}
left join contexts on actions.action_id = contexts.action_id
