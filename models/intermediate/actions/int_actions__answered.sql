{{ config(materialized="view") }}
-- Grain: one row per action, with the post it answers as of the build. A text-directed action answers the post it names, a
-- user-directed one the target's latest available post at that moment.
with

    actions as (select * from {{ ref("int_actions__targeted") }}),

    posts as (select * from {{ ref("stg_bluesky__post_states") }}),

    -- Posts of one commit share their time: the greatest URI is the latest.
    latest_posts as (
        select author_did, created_us, max_by(post_id, uri) as post_id
        from posts
        where is_available
        group by author_did, created_us
    ),

    user_directed as (
        select
            actions.*,
            case
                when
                    actions.acted_us - latest_posts.created_us
                    <= {{ setting("max_context_age_hours") }} * 3600000000
                then latest_posts.post_id
            end as answered_post_id,
            latest_posts.created_us as answered_us,
            false as is_answered_deleted,
            false as is_answered_withheld,
            'latest_post' as method
        from (select * from actions where direction = 'user') as actions
        {{
            asof_left_join(
                "latest_posts",
                on="actions.target_did = latest_posts.author_did",
                match="actions.acted_us >= latest_posts.created_us",
            )
        }}
    ),

    answered as (
        select
            actions.*,
            posts.post_id as answered_post_id,
            posts.created_us as answered_us,
            coalesce(posts.is_deleted, false) as is_answered_deleted,
            coalesce(posts.is_withheld, false) as is_answered_withheld,
            'direct' as method
        from actions
        left join posts on actions.target_uri = posts.uri
        where actions.direction <> 'user'

        union all

        select *
        from user_directed
    )

select
    action_id,
    actor_did,
    action_type,
    direction,
    carries_text,
    acted_us,
    post_uri,
    target_uri,
    target_did,
    is_valid,
    is_undone_record_missing,
    is_answered_deleted,
    is_answered_withheld,
    answered_post_id,
    case when answered_post_id is not null then method end as context_method,
    case
        when answered_post_id is not null
        then cast(floor(greatest(acted_us - answered_us, 0) / 1000000) as bigint)
    end as context_age_seconds
from answered
