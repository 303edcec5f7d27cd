{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ forget_touched('answered_post_id', ref('int_fold__touched_posts'), 'post_id') }}",
            "{{ forget_unwanted('answered_post_id', answered_posts()) }}",
        ],
    )
}}
-- depends_on: {{ ref("int_fold__touched_posts") }}
-- Grain: one row per message before the action, for every post that a thread answers: the post itself at distance 0, its
-- parent at 1, and so on to the farthest ancestor kept.
with recursive

    answered as (
        select answered_post_id
        from {{ answered_posts() }}
        {% if is_incremental() %}
            where answered_post_id not in (select kept.answered_post_id from {{ this }} as kept)
        {% endif %}
    ),

    links as (select post_id, parent_post_id from {{ ref("int_posts__parents") }} where is_parent_available and not is_broken),

    walked(answered_post_id, post_id, distance) as (
        select answered_post_id, answered_post_id as post_id, 0 as distance
        from answered

        union all

        select walked.answered_post_id, links.parent_post_id as post_id, walked.distance + 1 as distance
        from walked
        inner join links on walked.post_id = links.post_id
        where walked.distance + 1 < {{ setting("max_context_messages") }}
    )

select
    walked.answered_post_id,
    walked.post_id,
    walked.distance,
    max(walked.distance) over (partition by walked.answered_post_id) - walked.distance as message_index,
    -- Where a clock ran backwards, a message counts as sent when the one before it was.
    max(posts.created_us) over (
        partition by walked.answered_post_id order by walked.distance desc rows between unbounded preceding and current row
    ) as sent_us,
    posts.author_did,
    posts.current_event_id
from walked
inner join {{ ref("stg_bluesky__post_states") }} as posts on walked.post_id = posts.post_id
