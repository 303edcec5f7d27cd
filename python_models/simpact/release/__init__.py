"""The release file `simpact_release.duckdb`: its tables, view and functions, as SQL for an empty database."""

from __future__ import annotations

from pathlib import Path

# Raised when a table of the release, or what a column of one means, changes: the data card of a file tells of which it is.
SCHEMA_VERSION = "1"
RELEASE_FILE = "simpact_release.duckdb"
SCHEMA: str = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
