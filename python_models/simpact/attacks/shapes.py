"""Reply shapes: an attacker who knows the public reply graph, but no word, looks for threads that look alike.

A shape is the action type and bucket, the order of speakers and the coarse gaps. The archive's paths of replies are walked
upward from the post answered, as those of the release are (docs/rules.md, section 8).
"""

from __future__ import annotations

from simpact.attacks.evidence import BUCKET_OF_TIME, Attacked, gap_of
from simpact.attacks.guesses import guessed
from simpact.attacks.outcomes import Comparison

FEWEST_MESSAGES = 3  # of two messages the shape says no more than alignment in time does

BY_SHAPE = f"""
    replies as (
        -- The archive gives no link from a reply to its post but author and time.
        select actor_did as author_did, acted_us as created_us, max(answered_post_id) as parent_id
        from public_actions
        where action_type = 'reply'
        group by all
    ),
    posts as (select * exclude (message_text) from public_posts left join replies using (author_did, created_us)),
    cap as (select max(message_count) - 1 as most_context from attack_threads),
    -- Newest first, as attack_threads has them.
    walked as (
        with recursive walk as (
            select post_id, created_us, [author_did] as authors, []::varchar[] as gaps, created_us as reached_us, parent_id
            from posts
            union all
            select
                walk.post_id,
                walk.created_us,
                list_append(authors, posts.author_did),
                list_append(gaps, {{post_gap}}),
                posts.created_us,
                posts.parent_id,
            from walk
            join posts on walk.parent_id = posts.post_id
            where len(authors) < (from cap)
        )
        from walk
    ),
    paths as (
        select walked.*
        from walked
        left join posts on walked.parent_id = posts.post_id
        where len(authors) = (from cap) or posts.post_id is null
    ),
    shaped as (
        select
            action_type,
            kind,
            {BUCKET_OF_TIME} as time_bucket,
            actor_did,
            list_prepend(actor_did, authors) as speakers,
            list_transform(speakers, lambda speaker: list_position(speakers, speaker)) as pattern,
            list_prepend({{action_gap}}, gaps) as gaps,
        from public_actions
        cross join (select distinct kind from targets)
        join paths on answered_post_id = post_id
        where action_type in (select action_type from targets)
    ),
    sought as (
        select
            thread_id,
            -- A thread that tells no gaps has them null, and is sought by its speakers alone.
            hash(action_type, kind, time_bucket, pattern, case when gap is not null then gaps[: len(gaps) - 1] end) as shape,
        from targets
    ),
    counted as (
        select hash(action_type, kind, time_bucket, pattern, told) as shape, actor_did, count(*) as action_count
        from (select *, unnest([gaps, null]) as told from shaped)
        where shape in (select shape from sought)
        group by all
    ),
    busiest as (select shape, arg_max(actor_did, (action_count, actor_did)) as actor_did from counted group by shape),
    guesses as (select thread_id, actor_did from sought join busiest using (shape))"""


def shapes_found(attacked: Attacked) -> Comparison:
    """Guess, for threads of three and more messages, the person with most public actions of the same shape."""
    attack = BY_SHAPE.format(
        post_gap=gap_of("greatest(walk.reached_us - posts.created_us, 0)"),
        action_gap=gap_of("greatest(acted_us - created_us, 0)"),
    )
    return guessed(attacked, f"select * from attack_threads where message_count >= {FEWEST_MESSAGES}", attack)
