"""Small reads from tables that a first build has not made yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def rows_if_built(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a query, or none when a table it reads does not exist."""
    try:
        return connection.execute(query, list(parameters)).fetchall()
    except duckdb.CatalogException:
        return []
