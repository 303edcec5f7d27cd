"""Identification: who acted?

An attack makes one guess per target, the best it has; a success is a right one. That asks less than a guess that is unique, so
an attack that identifies people beyond doubt succeeds here too. The baseline's guess is the person with the most public actions
of the same published type and bucket: what these two tell is no success, since cells of k people stand behind them.
"""

from __future__ import annotations

from simpact.attacks.evidence import BUCKET_OF_TIME, Attacked
from simpact.attacks.outcomes import Comparison

GUESSED = f"""
with
    targets as (select * from ({{targets}}) order by hash(thread_id, $seed) limit $targets),
    {{attack}},
    common as (
        select action_type, kind, {BUCKET_OF_TIME} as time_bucket, actor_did, count(*) as action_count
        from public_actions
        cross join (select distinct kind from targets)
        where action_type in (select action_type from targets)
        group by all
    ),
    most_common as (
        select action_type, kind, time_bucket, arg_max(actor_did, (action_count, actor_did)) as actor_did
        from common
        group by action_type, kind, time_bucket
    )
select
    count(*),
    count(*) filter (guesses.actor_did = truth.actor_did),
    count(*) filter (most_common.actor_did = truth.actor_did)::double,
from targets
join attack_truth as truth using (thread_id)
left join guesses using (thread_id)
left join most_common
    on targets.action_type = most_common.action_type
    and targets.kind = most_common.kind
    and targets.time_bucket is not distinct from most_common.time_bucket
"""


def guessed(attacked: Attacked, targets: str, attack: str) -> Comparison:
    """Score an attack.

    `targets` is a query on attack_threads; `attack` are CTEs that read `targets`, the last of them `guesses(thread_id,
    actor_did)`.
    """
    return Comparison(*attacked.row(GUESSED.format(targets=targets, attack=attack)))
