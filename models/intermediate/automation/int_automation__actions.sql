-- Grain: one row per action of a person who is not withheld: what it adds to the sums of which a score is made, seen from
-- what was done before it.
with

    actions as (
        select action_id, actor_did, action_type, acted_us
        from {{ ref("int_actions__targeted") }}
        where actor_did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
    ),

    timed as (
        select
            *,
            lag(acted_us) over by_time as before_us,
            floor(acted_us / 1000000) as acted_second,
            {% for kind in ["like", "follow", "reply"] %}
                floor(max(case when action_type = '{{ kind }}' then acted_us end) over before / 1000000) as {{ kind }}_second,
            {% endfor %}
            row_number() over (
                partition by actor_did, floor(acted_us / 3600000000) % 24 order by acted_us, action_id
            ) as hour_turn
        from actions
        window
            by_time as (partition by actor_did order by acted_us, action_id),
            before as (partition by actor_did order by acted_us, action_id rows between unbounded preceding and 1 preceding)
    ),

    -- Since the end of the last quiet stretch of three hours a person is awake, for all the archive can tell.
    awake as (
        select
            *,
            max(case when before_us is null or acted_us - before_us >= 10800000000 then acted_us end) over (
                partition by actor_did order by acted_us, action_id rows between unbounded preceding and current row
            ) as awake_us
        from timed
    )

select
    awake.action_id,
    awake.actor_did,
    awake.acted_us,
    case when posts.action_id is not null then 1 else 0 end as is_post,
    coalesce(posts.is_gap, 0) as is_gap,
    coalesce(posts.is_regular_gap, 0) as is_regular_gap,
    coalesce(posts.minute_pairs, 0) as minute_pairs,
    coalesce(posts.is_burst, 0) as is_burst,
    coalesce(posts.is_text, 0) as is_text,
    coalesce(posts.is_repeat, 0) as is_repeat,
    coalesce(posts.is_copy, 0) as is_copy,
    coalesce(posts.domain_turn, 0) as domain_turn,
    -- The last of the kinds that a second needs, where it comes first of its kind.
    case
        when
            (awake.action_type = 'like' or awake.like_second = awake.acted_second)
            and (awake.action_type = 'follow' or awake.follow_second = awake.acted_second)
            and (awake.action_type = 'reply' or awake.reply_second = awake.acted_second)
            and coalesce(
                case
                    awake.action_type
                    when 'like'
                    then awake.like_second
                    when 'follow'
                    then awake.follow_second
                    when 'reply'
                    then awake.reply_second
                    else awake.acted_second
                end,
                -1
            )
            < awake.acted_second
        then 1
        else 0
    end as is_triplet,
    coalesce(awake.acted_us - awake.before_us, 0) as gap_us,
    case
        when awake.before_us is null or floor(awake.before_us / 86400000000) < floor(awake.acted_us / 86400000000) then 1 else 0
    end as is_new_day,
    case when awake.hour_turn = 1 then 1 else 0 end as is_new_hour,
    -- Whole days awake that this action completes.
    cast(
        case
            when awake.before_us >= awake.awake_us
            then
                floor((awake.acted_us - awake.awake_us) / 86400000000) - floor((awake.before_us - awake.awake_us) / 86400000000)
            else 0
        end as bigint
    ) as sleepless_days
from awake
left join {{ ref("int_automation__posts") }} as posts on awake.action_id = posts.action_id
