"""Parquet: examples by scale, persona and split; a sample; flat tables. No maps: few readers of Parquet know them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from simpact.exports.source import copy

PARQUET = "format parquet, compression zstd"


def write_examples(connection: DuckDBPyConnection, folder: Path, scale: int) -> None:
    """Write `parquet/scale=<K>/persona=<id>/split=<s>/part-0.parquet`, every thread once; without a persona: `persona=none`.

    `persona_id` stands in the file too, for readers that do not look at folders. Rows are in the order of thread ids, which are
    a random permutation already: no order tells who or when. Partitions come one after the other, so that few files are open
    and none is opened twice; inside them, partitioned writing keeps no order but the one it is told.
    """
    query = f"""
        select
            thread_id, personas[{scale}] as persona_id, time_bucket, context, speaker, action_type, text,
            coalesce(personas[{scale}]::varchar, 'none') as persona, split
        from work.examples
        order by persona_id nulls last, split, thread_id
    """
    to = folder / "parquet" / f"scale={scale}"
    to.mkdir(parents=True)
    options = f"{PARQUET}, partition_by (persona, split), order_by (thread_id), filename_pattern 'part-{{i}}'"
    copy(connection, query, to, options)


def write_sample(connection: DuckDBPyConnection, folder: Path, scales: Sequence[int], threads: int) -> None:
    """Write `sample/part-0.parquet`: as many of each action and split as there are, up to `threads` in all.

    Thread ids are random, so the lowest of each kind are a fair draw.
    """
    query = f"""
        with drawn as (
            select thread_id
            from (
                select thread_id, row_number() over (partition by action_type, split order by thread_id) as turn
                from release.threads
            )
            order by turn, thread_id
            limit {threads}
        )
        select thread_id, split, time_bucket, {_personas(scales)} context, speaker, action_type, text
        from work.examples
        semi join drawn using (thread_id)
        order by thread_id
    """
    (folder / "sample").mkdir()
    copy(connection, query, folder / "sample" / "part-0.parquet", PARQUET)


def write_tables(connection: DuckDBPyConnection, folder: Path, scales: Sequence[int]) -> None:
    """Write `threads`, `messages`, `personas`, `mixing` and `data_card`, each as one Parquet file."""
    queries = {
        "threads": f"""select thread_id, action_type, time_bucket, split, {_personas(scales)} message_count, speaker_count
            from release.threads order by thread_id""",
        "messages": "select * from release.messages order by thread_id, message_index",
        "personas": "select * from release.personas order by scale, persona_id",
        "mixing": "select * from release.mixing order by persona_id, target_persona_id",
        "data_card": "select * from release.data_card order by section, item, value",
    }
    for name, query in queries.items():
        copy(connection, query, folder / f"{name}.parquet", PARQUET)


def _personas(scales: Sequence[int]) -> str:
    return "".join(f"personas[{scale}] as persona_{scale}, " for scale in scales)
