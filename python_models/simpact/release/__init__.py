"""The release file `simpact_release.duckdb`: its tables, view and functions, as SQL for an empty database."""

from __future__ import annotations

from pathlib import Path

RELEASE_FILE = "simpact_release.duckdb"
SCHEMA: str = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
