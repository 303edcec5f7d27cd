"""Ids: is a published id made from something that the public knows, and does its order tell the time?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import permutations
from string import hexdigits

from simpact.attacks.evidence import Attacked
from simpact.attacks.outcomes import Correlation, Occurrences

SHORTEST = 8  # characters of a hash that an id may be the beginning of: of fewer, chance finds some
MOST_STRINGS = 300  # a scheme that makes but one in a hundred of the ids is found at 95 %
SEPARATORS = ("", ":", "|", "/", "-", "_", "\x1f")
HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)
BLAKE2B_SIZES = (8, 16, 32, 64)  # bytes; a shorter digest is another digest, not the beginning of the longest

# One row per published string and what it may be made from: the person, the action or post behind it, the thread. The attacker
# tries every person and every action of the archive; only the true ones can give the string, so only they are tried here.
KNOWN = """
with
    sampled as (select * from attack_truth order by hash(thread_id, $seed) limit $targets),
    thread_strings as (
        select
            unnest([{thread_columns}]) as value,
            actor_did as person,
            [action_id::varchar, acted_us::varchar] as events,
            [hash(action_id), hash(acted_us)] as numbers,
            thread_id,
        from published_threads
        join sampled using (thread_id)
    ),
    message_strings as (
        select
            unnest([{message_columns}]) as value,
            did as person,
            -- The older ids of the reference release were made from the clock of a thread's first message.
            [post_id::varchar, created_us::varchar, message_text, clock::varchar, first_clock::varchar] as events,
            [hash(post_id), hash(created_us)] as numbers,
            thread_id,
        from (
            select *, min(clock) over (partition by thread_id) as first_clock
            from published_messages
            semi join sampled using (thread_id)
        )
        left join truth_speakers using (thread_id, speaker)
        left join truth_messages using (thread_id, message_index)
        left join (select post_id, created_us from public_posts) using (post_id)
    ),
    strings as (from thread_strings union all from message_strings),
    known as (
        select value, thread_id, list_prepend(person, events) as known, list_append(numbers, hash(person)) as numbers
        from strings
        where len(value) >= {shortest}
        -- A string in many threads is made from what these share; any of them will do.
        qualify row_number() over (partition by value order by hash(thread_id, $seed)) = 1
    )
select
    value,
    list_filter(list_append(known, thread_id), lambda part: part is not null) as parts,
    list_contains(numbers::varchar[], value) as is_number,
from known
order by hash(value, $seed)
limit {most}
"""


def ids_recovered(attacked: Attacked) -> Occurrences:
    """Published strings that are an id of the archive, or begin the hash of a person, an action, a post or two of these.

    The thread's own id counts as one more part. Hashes are hexadecimal, of parts in either order with the usual separators
    between; DuckDB's own `hash` of one part, a number, is tried too.
    """
    found = attacked.asked(
        KNOWN.format(
            thread_columns=", ".join(attacked.strings_of("published_threads")),
            message_columns=", ".join(name for name in attacked.strings_of("published_messages") if name != "message_text"),
            shortest=SHORTEST,
            most=MOST_STRINGS,
        )
    ).fetchall()
    recovered = sum(is_number or _is_made_from(value, parts) for value, parts, is_number in found)
    return Occurrences(len(found), recovered)


def _is_made_from(value: str, parts: list[str]) -> bool:
    """Whether `value` is one of `parts`, or begins a hash of one or of two of them; not whether it is, or hashes, itself."""
    known = {part for part in parts if part != value}
    if value in known or not set(value) <= set(hexdigits):
        return value in known
    texts = {*known, *(separator.join(two) for two in permutations(known, 2) for separator in SEPARATORS)}
    return any(digest.startswith(value.lower()) for text in texts for digest in _digests(text.encode()))


def _digests(text: bytes) -> Iterator[str]:
    yield from (hashed(text).hexdigest() for hashed in HASHES)
    yield from (hashlib.blake2b(text, digest_size=size).hexdigest() for size in BLAKE2B_SIZES)


# Ranks are taken, and centred, within a cell of published attributes: a file sorted by bucket tells no more than the bucket
# does.
ORDERED = """
with
    threads as (
        select cell, thread_id, position, try_cast(thread_id as hugeint) as number, {when} as time
        from attack_threads join (select thread_id, action_id, acted_us from attack_truth) using (thread_id)
        where time is not null
    ),
    ranked as (
        select
            row_number() over (partition by cell order by {order}) as place,
            row_number() over (partition by cell order by time, hash(thread_id, $seed)) as time_place,
            count(*) over (partition by cell) as n,
        from threads
    )
select
    count(*),
    count(*) - (select count(distinct cell) from threads),
    coalesce(round(corr((place - (n + 1) / 2) / n, (time_place - (n + 1) / 2) / n), 9), 0), -- as sums in parallel differ
from ranked
"""


def file_tells_time(attacked: Attacked) -> Correlation:
    """Rank correlation of a thread's place in the file with the time of its action."""
    return Correlation(*attacked.row(ORDERED.format(order="position", when="acted_us")))


def ids_tell_time(attacked: Attacked) -> Correlation:
    """Rank correlation of a thread's id with the time of its action."""
    return Correlation(*attacked.row(ORDERED.format(order="number nulls last, thread_id", when="acted_us")))


def ids_tell_actions(attacked: Attacked) -> Correlation:
    """Rank correlation of a thread's id with the id of its action in the archive."""
    return Correlation(*attacked.row(ORDERED.format(order="number nulls last, thread_id", when="action_id")))
