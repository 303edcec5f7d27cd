"""Every figure that the card, the manifest and the Croissant file tell, read from the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Facts:
    """`card` is release.data_card by section and item, `rows` counts tables, `splits` threads.

    `actions` are (action, threads, percent), `personas` (scale, personas, least and median people, threads with one, threads
    without); `time_buckets` are the first and the last; `example_persona` is one of the finest scale that has threads.
    """

    card: dict[str, dict[str, str | None]]
    rows: dict[str, int]
    scales: tuple[int, ...]
    splits: dict[str, int]
    actions: list[tuple[Any, ...]]
    personas: list[tuple[Any, ...]]
    time_buckets: tuple[str | None, str | None]
    example_persona: int | None

    def get(self, section: str, item: str, default: str = "not told") -> str:
        """A value of the data card."""
        return self.card.get(section, {}).get(item) or default


TABLES = ("threads", "messages", "personas", "mixing", "data_card")


def read_facts(connection: DuckDBPyConnection) -> Facts:
    """All figures, in an order that depends on the release alone."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    card: dict[str, dict[str, str | None]] = {}
    for section, item, value in rows("from release.data_card order by section, item, value"):
        card.setdefault(section, {})[item] = value
    scales = tuple(scale for (scale,) in rows(_SCALES))
    finest = rows(f"select min(personas[{scales[-1]}]) from release.threads") if scales else [(None,)]
    return Facts(
        card=card,
        rows={table: rows(f"select count(*) from release.{table}")[0][0] for table in TABLES},
        scales=scales,
        splits=dict(rows(_SPLITS)),
        actions=rows(_ACTIONS),
        personas=rows(_PERSONAS),
        time_buckets=rows(_TIME_BUCKETS)[0],
        example_persona=finest[0][0],
    )


# Where time is told more coarsely for some, the finest kind says from when to when: it has most characters.
_TIME_BUCKETS = """
    with told as (select distinct time_bucket from release.threads where time_bucket is not null)
    select min(time_bucket), max(time_bucket) from told where length(time_bucket) = (select max(length(time_bucket)) from told)
"""

_SCALES = """
    select scale from release.personas
    union
    select unnest(map_keys(personas)) from release.threads
    order by scale
"""
# Told in the order in which one uses them.
_SPLITS = """
    select split, count(*)
    from release.threads
    group by split
    order by list_position(['train', 'validation', 'test', 'test_unseen_users', 'overlapping'], split)
"""
_ACTIONS = """
    select action_type, count(*), round(100 * count(*) / sum(count(*)) over (), 2)
    from release.threads
    group by action_type
    order by count(*) desc, action_type
"""
_PERSONAS = """
    with placed as (
        select scale, count(*) as n_threads
        from (select unnest(map_keys(personas)) as scale from release.threads)
        group by scale
    )
    select
        scale, count(*), min(user_count), median(user_count)::bigint, any_value(coalesce(n_threads, 0)),
        (select count(*) from release.threads) - any_value(coalesce(n_threads, 0))
    from release.personas
    left join placed using (scale)
    group by scale
    order by scale
"""
