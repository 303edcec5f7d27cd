-- Grain: one row per post, reply or quote of a person who is not withheld: what is regular or repeated about it, seen from
-- what was written before. Of a post that was deleted or edited since only the time is known.
with

    posts as (
        select
            actions.action_id,
            actions.actor_did,
            actions.acted_us,
            actions.action_type = 'reply' and actions.target_did = actions.actor_did as is_own_thread,
            text_skeleton(posts.text) as skeleton,
            replace_all(small_letters(split_part(coalesce(posts.link_uri, links.link_uri), '/', 3)), '^www[.]', '') as domain
        from {{ ref("int_actions__targeted") }} as actions
        left join {{ ref("stg_bluesky__posts") }} as posts on actions.action_id = posts.event_id
        left join
            (
                select event_id, min(link_uri) as link_uri
                from {{ ref("stg_bluesky__facets") }}
                where link_uri is not null
                group by event_id
            ) as links
            on actions.action_id = links.event_id
        where
            actions.action_type in ('post', 'reply', 'quote')
            and actions.actor_did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
    ),

    timed as (
        select *, acted_us - lag(acted_us) over (partition by actor_did order by acted_us, action_id) as gap_us from posts
    ),

    gaps as (
        select
            *,
            -- The width of a gap that counts as equal: a hundredth, a second at least, two minutes at most.
            least(greatest(gap_us / 100, 1000000), 120000000) as width_us,
            lag(gap_us, 1) over by_time as gap_1_us,
            lag(gap_us, 2) over by_time as gap_2_us,
            lag(gap_us, 3) over by_time as gap_3_us,
            -- What is written in one go shares its second whoever writes it: only posts a minute apart tell of a clock.
            row_number() over (
                partition by actor_did, coalesce(gap_us >= 60000000, false), floor(acted_us % 60000000 / 6000000)
                order by acted_us, action_id
            )
            - 1 as minute_turn
        from timed
        window by_time as (partition by actor_did order by acted_us, action_id)
    ),

    -- What a few words say, many people say, and often.
    texts as (
        select
            action_id,
            row_number() over (partition by actor_did, skeleton order by acted_us, action_id) > 1 as is_repeat,
            first_value(actor_did) over (partition by skeleton order by acted_us, action_id) <> actor_did as is_copy
        from
            (
                select action_id, actor_did, acted_us, md5(skeleton) as skeleton from posts where length(skeleton) >= 20
            ) as long_texts
    ),

    -- An animated picture is a link to where it lies, whoever sends it.
    linked as (
        select action_id, row_number() over (partition by actor_did, domain order by acted_us, action_id) as domain_turn
        from posts
        where domain <> '' and domain not in ('media.tenor.com', 'media.giphy.com')
    )

select
    gaps.action_id,
    case when gaps.gap_us >= 60000000 then 1 else 0 end as is_gap,
    case
        when
            gaps.gap_us >= 60000000
            and (
                abs(gaps.gap_us - gaps.gap_1_us) <= gaps.width_us
                or abs(gaps.gap_us - gaps.gap_2_us) <= gaps.width_us
                or abs(gaps.gap_us - gaps.gap_3_us) <= gaps.width_us
            )
        then 1
        else 0
    end as is_regular_gap,
    case when gaps.gap_us >= 60000000 then gaps.minute_turn else 0 end as minute_pairs,
    case when gaps.gap_us <= 10000000 and not coalesce(gaps.is_own_thread, false) then 1 else 0 end as is_burst,
    case when texts.action_id is not null then 1 else 0 end as is_text,
    case when texts.is_repeat then 1 else 0 end as is_repeat,
    case when texts.is_copy then 1 else 0 end as is_copy,
    coalesce(linked.domain_turn, 0) as domain_turn
from gaps
left join texts on gaps.action_id = texts.action_id
left join linked on gaps.action_id = linked.action_id
