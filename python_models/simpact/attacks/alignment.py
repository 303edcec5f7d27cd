"""Alignment in time: lay the release beside the public archive and see which public action a thread closes with.

Targets are threads whose action has no text of its own: likes, reposts, follows and their undoing. A published clock is read by
the texts found in the archive: each is an anchor, and time runs evenly from one to the next. Where there is no clock, bucket
and coarse gap stay.
"""

from __future__ import annotations

from simpact.attacks.evidence import BUCKET_OF_TIME, Attacked, gap_of
from simpact.attacks.guesses import guessed
from simpact.attacks.outcomes import Comparison

TEXTLESS = "select * from attack_threads where action_text is null"

ESTIMATES = """
    anchors as (
        select clock, min(created_us) as created_us
        from published_messages
        join attack_texts on hash(message_text) = text_hash
        where clock is not null and created_us is not null and not is_action
        group by clock
    ),
    estimates as (
        select
            targets.*,
            earlier.created_us
            + coalesce(
                (later.created_us - earlier.created_us)
                * ((targets.clock - earlier.clock) / nullif(later.clock - earlier.clock, 0)),
                0
            ) as estimated_us,
        from targets
        asof left join anchors as earlier on targets.clock >= earlier.clock
        asof left join anchors as later on targets.clock <= later.clock
    )"""

BY_TIME = f"""{ESTIMATES},
    actions as (
        select actions.*, {{gap}} as gap
        from public_actions as actions
        left join public_posts as posts on answered_post_id = post_id
        where action_type in (select action_type from targets)
    ),
    nearest as (
        select
            estimates.thread_id,
            case
                when next.acted_us is null or estimated_us - previous.acted_us <= next.acted_us - estimated_us
                    then previous.actor_did
                else next.actor_did
            end as actor_did,
        from estimates
        asof left join actions as previous
            on estimates.action_type = previous.action_type and estimated_us >= previous.acted_us
        asof left join actions as next on estimates.action_type = next.action_type and estimated_us <= next.acted_us
        where estimated_us is not null
    ),
    counted as (
        select action_type, kind, {BUCKET_OF_TIME} as time_bucket, gap, actor_did, count(*) as action_count
        from actions
        cross join (select distinct kind from targets)
        group by all
    ),
    busiest as (
        select action_type, kind, time_bucket, gap, arg_max(actor_did, (action_count, actor_did)) as actor_did
        from counted
        group by action_type, kind, time_bucket, gap
    ),
    guesses as (
        from nearest
        union all
        select thread_id, actor_did
        from estimates
        join busiest
            on estimates.action_type = busiest.action_type
            and estimates.kind = busiest.kind
            and estimates.time_bucket is not distinct from busiest.time_bucket
            and estimates.gap = busiest.gap
        where estimated_us is null
    )"""

BY_ANSWERED_TEXT = f"""{ESTIMATES},
    candidates as (
        select thread_id, actor_did, coalesce(abs(acted_us - estimated_us), hash(actor_did, $seed) // 2) as distance
        from estimates
        join attack_texts on answered_text = text_hash
        join public_actions as actions
            on post_id = answered_post_id
            and estimates.action_type = actions.action_type
            and time_bucket is not distinct from {BUCKET_OF_TIME}
    ),
    guesses as (
        select thread_id, arg_min(actor_did, (distance, actor_did)) as actor_did from candidates group by thread_id
    )"""


def aligned_in_time(attacked: Attacked) -> Comparison:
    """Guess the public action of this type nearest to the time read off the clock; without one, who did most with this gap."""
    attack = BY_TIME.format(gap=gap_of("greatest(acted_us - created_us, 0)"))
    return guessed(attacked, f"{TEXTLESS} and (clock is not null or gap is not null)", attack)


def aligned_by_text(attacked: Attacked) -> Comparison:
    """Guess among the people who did this to the post found by its text: the nearest in time, else any."""
    return guessed(attacked, f"{TEXTLESS} and answered_text is not null", BY_ANSWERED_TEXT)
