"""Erase threads from the release file, and from the indexes of every release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from simpact.home import quoted
from simpact.keys import Key
from simpact.release import SCHEMA_VERSION
from simpact.release.file import write_release
from simpact.release.index import indexes
from simpact.whole import whole


@dataclass(frozen=True)
class Removed:
    """What left a release: the threads of the person, and those that had too few people beside them afterwards."""

    threads: int
    for_k: list[int]


def releases_with(home: Path, key: Key, did: str) -> dict[str, list[int]]:
    """Release id to the numbers of the threads that a person speaks in, maybe none, for every index that the key made."""
    query = "select thread_id from read_parquet(?) where person_key = ? order by thread_id"
    person = key(f"person {did}")
    with duckdb.connect() as connection:
        return {
            release: [number for (number,) in connection.execute(query, [str(path), person]).fetchall()]
            for release, path in indexes(home, key).items()
        }


def release_id(path: Path) -> str:
    """Which release a file holds."""
    with duckdb.connect(str(path), read_only=True) as release:
        rows = release.execute("select value from release.data_card where item = 'release_id'").fetchall()
    return str(rows[0][0]) if rows else ""


def erase_from_index(path: Path, threads: list[int]) -> None:
    """Take threads out of the index of a release."""
    with whole(path) as beside, duckdb.connect() as connection:
        connection.execute(f"""
            copy (select * from read_parquet('{quoted(path)}') where thread_id not in (select unnest({threads}::bigint[])))
            to '{quoted(beside)}' (format parquet, compression zstd)
        """)


def erase_from_release(path: Path, threads: list[int], home: Path) -> Removed:
    """Write the release anew without some threads, and without the cells that then have too few people or too much of one.

    The index of the release says who acted together; it needs no key for that. Of the data card only what does not count the
    person stays, and of personas what they were made from is told no more: the difference to the old file would be the person.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted(path)}' as old (read_only)")
        connection.execute("create temp table gone as select unnest(?::bigint[]) as thread_id", [threads])
        connection.execute("create temp table kept as select * from old.release.threads where thread_id not in (from gone)")
        n_removed = _count(connection, "old.release.threads") - _count(connection, "kept")
        index = {"index": str(indexes(home)[release_id(path)]), "k": _k(connection)}
        connection.execute(TOO_FEW, index)
        for_k = [number for (number,) in connection.execute("from too_few order by all").fetchall()]
        write_release(path, {name: connection.sql(query) for name, query in _queries(n_removed + len(for_k)).items()})
    return Removed(n_removed, for_k)


# A cell is what a recipient holds of a thread besides its words (docs/privacy.md, section 4).
TOO_FEW = """
create temp table too_few as
with shapes as (
    select
        thread_id,
        string_agg(speaker || case when message_text is null then '-' else '' end, ' ' order by message_index) as speakers,
        string_agg(coalesce(gap, ''), ' ' order by message_index) as gaps
    from old.release.messages
    group by thread_id
),
cells as (
    select thread_id, hash(personas, coalesce(time_bucket, ''), action_type, split, speakers, gaps) as cell
    from kept inner join shapes using (thread_id)
),
people as (
    select cell, person_key, count(*) as n
    from cells inner join read_parquet($index) as actors using (thread_id)
    where actors.is_actor
    group by all
),
thin as (
    select cell from people group by cell
    having count(*) < $k or 3 * max(n) > sum(n) or 2 * sum(n) * sum(n) < $k * sum(n * n)
)
select thread_id from cells semi join thin using (cell)
"""


def _queries(n_erased: int) -> dict[str, str]:
    """The tables of the release without what is in `gone` and `too_few`."""
    threads = "from kept where thread_id not in (from too_few)"
    messages = f"from old.release.messages semi join (select thread_id {threads}) using (thread_id)"
    return {
        "threads": threads,
        "messages": messages,
        "personas": f"""
            with told as (select unnest(map_entries(personas)) as told {threads}),
            counted as (select told.key as scale, told.value as persona_id, count(*) as thread_count from told group by all)
            select scale, persona_id, parent_persona_id, thread_count, top_terms
            from (select * exclude (thread_count) from old.release.personas) inner join counted using (scale, persona_id)
        """,
        # By its difference to the old one, a matrix without the person would be the person.
        "mixing": """
            select 0 as scale, 0 as persona_id, null::integer as target_persona_id, 0::double as share where false
        """,
        "data_card": f"""
            select section, item, value from old.release.data_card
            where section in ('release', 'settings', 'models', 'input', 'collection') and item <> 'schema_version'
            union all
            select 'release', 'schema_version', '{SCHEMA_VERSION}'
            union all
            select 'counts', 'threads', (select count(*) from ({threads}))::varchar
            union all
            select 'counts', 'messages', (select count(*) from ({messages}))::varchar
            union all
            select 'erasure', 'threads_erased_since', (
                coalesce((select value::bigint from old.release.data_card where section = 'erasure'), 0) + {n_erased}
            )::varchar
        """,
    }


def _k(connection: duckdb.DuckDBPyConnection) -> int:
    rows = connection.execute("select value from old.release.data_card where section = 'settings' and item = 'k'").fetchall()
    return int(rows[0][0])


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])
