"""Where the archive and the databases lie, and paths as SQL takes them."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from simpact.errors import UserError

PRIVATE_FILE = "simpact_private.duckdb"
SPARK_FOLDER = "simpact_spark"  # all that the target `spark` keeps, as profiles.yml says too


def home() -> Path:
    """The folder that SIMPACT_HOME names, or this one."""
    return Path(os.environ.get("SIMPACT_HOME") or ".")


def open_private(home: Path) -> duckdb.DuckDBPyConnection:
    """The private database in `home`, read-only. Raises UserError when no build has made it, duckdb.Error while one runs."""
    if not (home / PRIVATE_FILE).exists():
        raise UserError(f"There is no {PRIVATE_FILE} in '{home}': run dbt build first.")
    return duckdb.connect(str(home / PRIVATE_FILE), read_only=True)


def spill_folder(home: Path) -> Path:
    """Where DuckDB puts what memory does not hold, as profiles.yml says too: where private rows are in any case."""
    return home / f"{PRIVATE_FILE}.tmp"


def archive() -> str:
    """The globs that SIMPACT_ARCHIVE holds, or those of the bundled sample as seen from the folder of the project."""
    return os.environ.get("SIMPACT_ARCHIVE", "seeds/sample/archive/**/*.ndjson.zst")


def limits(temp_directory: Path) -> dict[str, str | bool | int | float | list[str]]:
    """How much of the machine a DuckDB of our own may use: what SIMPACT_MEMORY and SIMPACT_THREADS say, as dbt's does."""
    return {
        "temp_directory": str(temp_directory),
        "memory_limit": os.environ.get("SIMPACT_MEMORY", "4GB"),
        "threads": os.environ.get("SIMPACT_THREADS", "4"),
    }


def quoted(path: Path) -> str:
    """A path between the quotes of a SQL literal: `attach` and `copy` take no parameters."""
    return str(path).replace("'", "''")
