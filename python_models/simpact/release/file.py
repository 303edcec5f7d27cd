"""Write the release file whole, beside the old one, and put it in its place: a reader never meets half a release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from simpact.release import SCHEMA
from simpact.whole import whole

TABLES = ("threads", "messages", "personas", "mixing", "data_card")
BATCH_ROWS = 100_000


def write_release(path: Path, tables: Mapping[str, duckdb.DuckDBPyRelation]) -> None:
    """Make the release file of TABLES, each with the columns of `release.<name>`, by name; they are streamed.

    The file is new from its first byte, so that nothing of an earlier state lies in its free blocks. When anything fails, or
    the process is killed, the old file stays as it was.
    """
    with whole(path) as beside, duckdb.connect(str(beside)) as release:
        release.execute(SCHEMA)
        for name in TABLES:
            release.register("rows", tables[name].to_arrow_reader(BATCH_ROWS))
            release.execute(f"insert into release.{name} by name from rows")
            release.unregister("rows")
        release.execute("checkpoint")
