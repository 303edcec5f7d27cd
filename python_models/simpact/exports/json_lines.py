"""The paper's shape: one thread per line, one file per persona."""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from simpact.exports.source import OPEN_FILES, copy


def write_json_lines(connection: DuckDBPyConnection, folder: Path, scale: int) -> None:
    """Write `processed_<K>_clusters/cluster_<id>.jsonl`; threads without a persona at this scale have no place there.

    In the order of thread ids, that of work.examples: partitioned writing keeps it, on one thread, where the key is one
    whole number (order_by would write the thread id too). Sorting by persona would need memory for all lines; reading once
    for as many personas as files may be open does not.
    """
    to = folder / f"processed_{scale}_clusters"
    to.mkdir()
    (last,) = connection.execute(f"select max(personas[{scale}]) from release.threads").fetchone() or (None,)
    for first in range(0, 0 if last is None else last + 1, OPEN_FILES):
        query = f"""
            select thread, personas[{scale}] as cluster_id, personas[{scale}] as persona
            from work.examples
            where personas[{scale}] between {first} and {first + OPEN_FILES - 1}
        """
        partitions = to / f"from_{first}"
        copy(connection, query, partitions, "format json, partition_by (persona), file_extension 'jsonl'")
        for partition in partitions.iterdir():  # DuckDB names folders; the paper names files
            (file,) = partition.iterdir()
            file.rename(to / f"cluster_{partition.name.removeprefix('persona=')}.jsonl")
            partition.rmdir()
        partitions.rmdir()
