{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('action_id', ref('int_fold__touched_actions')) }}",
    )
}}
-- depends_on: {{ ref("int_fold__touched_actions") }}
-- Grain: one row per user-directed action that follows an engagement of the same person with an available post of the
-- target within ten minutes: the last of these posts. Known whatever the setting context_method is, for
-- quality.context_validity.
with

    actions as (
        select action_id, actor_did, target_did, acted_us
        from {{ ref("int_fold__targeted") }}
        where direction = 'user' and target_did is not null
    ),

    pairs as (select distinct actor_did, target_did from actions),

    engagements as (
        select
            actor_did,
            case action_type when 'reply' then parent_uri when 'quote' then quoted_uri else subject end as target_uri,
            acted_us
        from {{ ref("int_actions__delivered") }}
        where
            action_type in ('like', 'repost', 'reply', 'quote')
            and action_id not in (select duplicates.event_id from {{ ref("stg_bluesky__duplicates") }} as duplicates)
    ),

    -- One in many engagements is with somebody whom the same person follows or blocks: only their posts are looked up.
    engagements_of_pairs as (
        select engagements.actor_did, engagements.target_uri, engagements.acted_us
        from engagements
        inner join
            pairs on engagements.actor_did = pairs.actor_did and split_part(engagements.target_uri, '/', 3) = pairs.target_did
    ),

    engaged as (
        select
            engagements.actor_did,
            posts.author_did,
            engagements.acted_us as engaged_us,
            max_by(posts.post_id, posts.uri) as post_id,
            max_by(posts.created_us, posts.uri) as created_us
        from {{ ref("stg_bluesky__post_states") }} as posts
        inner join engagements_of_pairs as engagements on posts.uri = engagements.target_uri
        where posts.is_available and posts.created_us <= engagements.acted_us
        group by engagements.actor_did, posts.author_did, engagements.acted_us
    )

select actions.action_id, engaged.post_id as engaged_post_id, engaged.created_us, engaged.engaged_us
from
    actions
    {{
        asof_left_join(
            "engaged",
            on="actions.actor_did = engaged.actor_did and actions.target_did = engaged.author_did",
            match="actions.acted_us >= engaged.engaged_us",
        )
    }}
where actions.acted_us - engaged.engaged_us <= {{ engagement_window_us() }}
