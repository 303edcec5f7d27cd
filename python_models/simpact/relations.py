"""Small reads from a database of which a build has made what it has."""

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


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """What there is as a table, and not as a view, in the database of a connection: `schema.name` of each."""
    return {name for (name,) in connection.execute(_TABLES).fetchall()}


_TABLES = """
select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database() and not temporary
"""
