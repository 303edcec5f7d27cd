-- Grain: one row per action type and posting rate of the target, and `all` of them: how often a person's latest post is the
-- one that somebody has engaged with who follows or blocks that person within ten minutes (docs/context.md).
{% set rates = {"up to 1": 1, "up to 5": 5, "up to 25": 25, "up to 100": 100} %}
{% set day_us, hour_us = 86400000000, 3600000000 %}

with

    engaged_posts as (select action_id, engaged_post_id, engaged_us from {{ ref("int_actions__engaged_posts") }}),

    -- The few that are compared, so that they are the small side of the join.
    latest_posts as (
        select action_id, answered_post_id, answered_us
        from {{ ref("int_actions__latest_posts") }}
        where action_id in (select engaged_posts.action_id from engaged_posts)
    ),

    followed_up as (
        select
            actions.action_id,
            actions.action_type,
            actions.actor_did,
            actions.acted_us,
            engaged_posts.engaged_post_id,
            actions.acted_us - engaged_posts.engaged_us as engagement_us,
            latest_posts.answered_post_id as latest_post_id,
            actions.acted_us - latest_posts.answered_us as lag_us
        from {{ ref("int_actions__delivered") }} as actions
        inner join engaged_posts on actions.action_id = engaged_posts.action_id
        left join latest_posts on actions.action_id = latest_posts.action_id
        where actions.actor_did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
    ),

    posts as (select post_id, author_did, created_us from {{ ref("stg_bluesky__post_states") }} where is_available),

    -- Numbered in the order of a draw: the place in it, over the count, is a random share of the time there is.
    aimed as (
        select
            followed_up.*,
            posts.author_did as target_did,
            (
                2 * row_number() over (
                    order by md5('{{ setting("seed") }} context ' || followed_up.action_id), followed_up.action_id
                )
                - 1
            )
            / (2 * count(*) over ()) as draw
        from posts
        inner join followed_up on posts.post_id = followed_up.engaged_post_id
    ),

    timelines as (
        select
            author_did,
            created_us,
            sum(count(*)) over (partition by author_did order by created_us) as posts_so_far,
            min(created_us) over (partition by author_did) as first_us
        from posts
        where author_did in (select aimed.target_did from aimed)
        group by author_did, created_us
    ),

    archive as (select min(acted_us) as start_us, max(acted_us) as end_us from {{ ref("int_actions__outcomes") }}),

    rated as (
        select
            aimed.*,
            timelines.posts_so_far,
            timelines.posts_so_far * {{ day_us }} / greatest(aimed.acted_us - archive.start_us, {{ hour_us }}) as posts_per_day,
            timelines.first_us + cast(floor(aimed.draw * (archive.end_us - timelines.first_us)) as bigint) as placebo_us
        from
            aimed
            {{
                asof_left_join(
                    "timelines", on="aimed.target_did = timelines.author_did", match="aimed.acted_us >= timelines.created_us"
                )
            }}
        cross join archive
    ),

    measured as (
        select
            rated.action_type,
            case
                {% for label, most in rates.items() %} when rated.posts_per_day <= {{ most }} then '{{ label }}' {% endfor %}
                else 'more'
            end as posts_per_day,
            rated.actor_did,
            rated.target_did,
            coalesce(rated.latest_post_id = rated.engaged_post_id, false) as is_agreeing,
            1 / rated.posts_so_far as chance,
            rated.engagement_us,
            rated.lag_us,
            case
                when rated.placebo_us - timelines.created_us <= {{ setting("max_context_age_hours") }} * {{ hour_us }}
                then rated.placebo_us - timelines.created_us
            end as placebo_lag_us
        from
            rated
            {{
                asof_left_join(
                    "timelines",
                    on="rated.target_did = timelines.author_did",
                    match="rated.placebo_us >= timelines.created_us",
                )
            }}
    ),

    -- Rates with too few people on either side count as one; where these are too few still, their actions are in no row, and
    -- no difference of two rows can tell of them.
    cells as (
        select
            action_type,
            posts_per_day,
            least(count(distinct actor_did), count(distinct target_did)) >= {{ setting("k") }} as is_large
        from measured
        group by action_type, posts_per_day
    ),

    merged as (
        select
            measured.action_type,
            case when cells.is_large then measured.posts_per_day else 'other' end as posts_per_day,
            measured.actor_did,
            measured.target_did,
            measured.is_agreeing,
            measured.chance,
            measured.engagement_us,
            measured.lag_us,
            measured.placebo_lag_us
        from measured
        inner join cells on measured.action_type = cells.action_type and measured.posts_per_day = cells.posts_per_day
    ),

    shown as (
        select action_type, posts_per_day
        from merged
        group by action_type, posts_per_day
        having least(count(distinct actor_did), count(distinct target_did)) >= {{ setting("k") }}
    ),

    kept as (
        select merged.*
        from merged
        inner join shown on merged.action_type = shown.action_type and merged.posts_per_day = shown.posts_per_day
    ),

    -- Of nothing at all there would still be a sum of all.
    counted as (
        select
            coalesce(action_type, 'all') as action_type,
            coalesce(posts_per_day, 'all') as posts_per_day,
            cast(count(*) as bigint) as n_actions,
            cast(count(distinct actor_did) as bigint) as n_people,
            cast(sum(case when is_agreeing then 1 else 0 end) as bigint) as n_agreeing,
            round(1000000 * avg(chance)) / 1000000 as chance_agreement,
            median(engagement_us) / 1000000 as median_engagement_seconds,
            median(lag_us) / 1000000 as median_lag_seconds,
            median(placebo_lag_us) / 1000000 as median_placebo_lag_seconds,
            sum(case when lag_us > {{ day_us }} then 1 else 0 end) / count(lag_us) as share_older_than_a_day
        from kept
        group by rollup (action_type, posts_per_day)
        having count(*) > 0
    )

select
    action_type,
    posts_per_day,
    n_actions,
    n_people,
    n_agreeing,
    n_agreeing / n_actions as agreement,
    {{ wilson("n_agreeing", "n_actions", -1) }} as agreement_low,
    {{ wilson("n_agreeing", "n_actions", 1) }} as agreement_high,
    chance_agreement,
    cast(round(median_engagement_seconds) as bigint) as median_engagement_seconds,
    cast(round(median_lag_seconds) as bigint) as median_lag_seconds,
    cast(round(median_placebo_lag_seconds) as bigint) as median_placebo_lag_seconds,
    share_older_than_a_day
from counted
order by action_type, posts_per_day
