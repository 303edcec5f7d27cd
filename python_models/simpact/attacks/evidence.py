"""What several attacks read, made once: temporary tables whose names begin with `attack_`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb

# How a recipient reads a coarse gap: a label and the microseconds it begins at.
GAPS = (("weeks", 604_800_000_000), ("days", 86_400_000_000), ("hours", 3_600_000_000), ("minutes", 0))

# How a recipient reads a bucket. A release may mix them where it generalised.
BUCKET_KIND = r"""case
    when time_bucket is null then 'none'
    when regexp_full_match(time_bucket, '\d{4}-W\d\d') then 'week'
    when regexp_full_match(time_bucket, '\d{4}-\d\d') then 'month'
    when regexp_full_match(time_bucket, '\d{4}-\d\d-\d\d') then 'day'
    else error('Not a bucket of time that the attacks can read: ' || time_bucket)
end"""
BUCKET_OF_TIME = """case kind
    when 'week' then strftime(make_timestamp(acted_us), '%G-W%V')
    when 'month' then strftime(make_timestamp(acted_us), '%Y-%m')
    when 'day' then strftime(make_timestamp(acted_us), '%Y-%m-%d')
end"""


class Attacked(NamedTuple):
    """A release under attack. `targets` bounds the sample of every attack, `k` is the number of people a cell must have."""

    connection: duckdb.DuckDBPyConnection
    seed: int
    targets: int
    k: int

    def asked(self, query: str) -> duckdb.DuckDBPyConnection:
        """The connection with the result of a query in which `$seed`, `$targets` and `$k` may stand."""
        given = {"seed": self.seed, "targets": self.targets, "k": self.k}
        return self.connection.execute(query, {name: value for name, value in given.items() if f"${name}" in query})

    def row(self, query: str) -> tuple[Any, ...]:
        """The one row of such a query."""
        (found,) = self.asked(query).fetchall()
        return found

    def strings_of(self, relation: str) -> list[str]:
        """The columns of text of a relation."""
        described = self.connection.execute(f"describe {relation}").fetchall()
        return [name for name, kind, *_ in described if kind == "VARCHAR"]


def gap_of(microseconds: str) -> str:
    """SQL that says in which coarse gap so many `microseconds` are."""
    cases = " ".join(f"when {microseconds} >= {begins} then '{label}'" for label, begins in GAPS[:-1])
    return f"case {cases} when {microseconds} is not null then '{GAPS[-1][0]}' end"


# One row per thread as the recipient sees it. Newest first: `pattern` has, for the action and the messages before it, where its
# speaker appeared first, and so says no more of speakers than ordinals do; `gaps` has the time to the message before.
THREADS = f"""
create or replace temp table attack_threads as
with
    said as (
        select
            thread_id,
            min(position) as message_position,
            list(speaker order by message_index desc) as speakers,
            list(gap order by message_index desc) as gaps,
            list(clock order by message_index desc) as clocks,
            list(case when message_text is not null then hash(message_text) end order by message_index desc) as texts,
        from published_messages
        group by thread_id
    ),
    described as (
        select
            threads.*,
            {BUCKET_KIND} as kind,
            message_position,
            speakers[1] as speaker,
            clocks[1] as clock,
            gaps[1] as gap,
            gaps,
            texts,
            texts[1] as action_text,
            texts[2] as answered_text,
            list_transform(speakers, lambda speaker: list_position(speakers, speaker)) as pattern,
        from published_threads as threads
        left join said using (thread_id)
    )
select
    * exclude (personas, split),
    hash(
        list_sort(map_entries(personas)),
        action_type,
        time_bucket,
        split,
        pattern,
        gaps,
        list_transform(texts, lambda text: text is null)
    ) as cell,
from described
"""

# Never the attacker's: who acted, and when.
TRUTH = """
create or replace temp table attack_truth as
select truth.thread_id, truth.actor_did, truth.action_id, actions.acted_us, threads.cell
from truth_threads as truth
join attack_threads as threads using (thread_id)
left join public_actions as actions using (action_id)
"""

CELLS = """
create or replace temp table attack_cells as
select cell, actor_did, count(*) as actor_count, sum(count(*)) over (partition by cell) as thread_count
from attack_truth
group by cell, actor_did
"""

# What searching for an exact text finds: its post and its author, where there is but one.
TEXTS = """
create or replace temp table attack_texts as
select
    hash(message_text) as text_hash,
    case when count(*) = 1 then min(post_id) end as post_id,
    case when count(*) = 1 then min(created_us) end as created_us,
    case when count(distinct author_did) = 1 then min(author_did) end as author_did,
from public_posts
where message_text is not null
group by text_hash
"""

LOST = """
select count(*)
from (
    select thread_id
    from published_threads
    left join attack_truth using (thread_id)
    group by thread_id
    having count(acted_us) <> 1
)
"""

TABLES = {"attack_threads": THREADS, "attack_truth": TRUTH, "attack_cells": CELLS, "attack_texts": TEXTS}


@contextmanager
def evidence(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The tables above, for as long as the attacks run.

    Raises ValueError when a published gap is none of GAPS, or when a published thread has not exactly one action in the truth
    and the archive: such a thread could not be found, and would count as safe.
    """
    labels = [label for label, _ in GAPS]
    unknown = connection.execute(
        "select distinct gap from published_messages where not list_contains($labels, gap)", {"labels": labels}
    ).fetchall()
    if unknown:
        raise ValueError(f"{len(unknown)} kinds of gap are none of {labels}: the attacks would pass for want of reading them.")
    try:
        for statement in TABLES.values():
            connection.execute(statement)
        ((lost,),) = connection.execute(LOST).fetchall()
        if lost:
            raise ValueError(f"{lost} published threads have not one action each in the truth and the archive.")
        yield
    finally:
        for table in reversed(TABLES):
            connection.execute(f"drop table if exists temp.{table}")
