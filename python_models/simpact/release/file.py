"""Write the release file whole, beside the old one, and put it in its place: a reader never meets half a release."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb

from simpact.release import SCHEMA

TABLES = ("threads", "messages", "personas", "mixing", "data_card")
BATCH_ROWS = 100_000


def write_release(path: Path, tables: Mapping[str, duckdb.DuckDBPyRelation]) -> None:
    """Make the release file of TABLES, each with the columns of `release.<name>`, by name; they are streamed.

    The file is new from its first byte, so that nothing of an earlier state lies in its free blocks. When anything fails, or
    the process is killed, the old file stays as it was.
    """
    beside = path.with_name(f".{path.stem}.{os.getpid()}.duckdb")
    try:
        with duckdb.connect(str(beside)) as release:
            release.execute(SCHEMA)
            for name in TABLES:
                release.register("rows", tables[name].to_arrow_reader(BATCH_ROWS))
                release.execute(f"insert into release.{name} by name from rows")
                release.unregister("rows")
        beside.replace(path)
    finally:
        for left in (beside, beside.with_name(beside.name + ".wal")):
            left.unlink(missing_ok=True)
