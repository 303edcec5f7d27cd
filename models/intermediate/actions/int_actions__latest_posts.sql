{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('action_id', ref('int_fold__touched_actions')) }}",
    )
}}
-- depends_on: {{ ref("int_fold__touched_actions") }}
-- Grain: one row per user-directed action that has a post to answer: the target's latest available post at that moment, and
-- not one older than the setting allows.
with

    actions as (
        select action_id, target_did, acted_us
        from {{ ref("int_fold__targeted") }}
        where direction = 'user' and target_did is not null
    ),

    -- Posts of one commit share their time: the greatest URI is the latest.
    posts as (
        select author_did, created_us, max_by(post_id, uri) as post_id
        from {{ ref("stg_bluesky__post_states") }}
        where is_available and author_did in (select actions.target_did from actions)
        group by author_did, created_us
    )

select actions.action_id, posts.post_id as answered_post_id, posts.created_us as answered_us
from
    actions
    {{
        asof_left_join(
            "posts",
            on="actions.target_did = posts.author_did",
            match="actions.acted_us >= posts.created_us",
        )
    }}
where actions.acted_us - posts.created_us <= {{ setting("max_context_age_hours") }} * 3600000000
