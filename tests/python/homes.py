"""A built warehouse, looked at from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from simpact.cli import main

NO_TESTS = ("--exclude-resource-type", "test", "unit_test")
NO_EXPERIMENT = (
    *("--exclude", "examples+", "int_experiment__personas+", "int_experiment__people+"),
    *("int_prediction__threads+", "int_prediction__history+"),
)


def ask(path: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def private(home: Path, query: str) -> list[tuple]:
    return ask(home / "simpact_private.duckdb", query)


def released(home: Path, query: str) -> list[tuple]:
    return ask(home / "simpact_release.duckdb", query)


def all_bytes(home: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def main_in(home: Path, *arguments: str) -> int:
    """The command `simpact`, with its warehouse in `home`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMPACT_HOME", str(home))
        return main(arguments)


def found_in_tables(path: Path, words: list[str], above: str = "") -> list[str]:
    """Tables with a column that holds any of the words, in whatever case; but for those of one schema."""
    assert words
    found = []
    with duckdb.connect(str(path), read_only=True) as connection:
        columns = connection.execute("""
            select schema_name, table_name, column_name
            from duckdb_columns()
            inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
            where database_name = current_database() and (data_type like '%VARCHAR%' or data_type = 'JSON')
        """).fetchall()
        pattern = "select string_agg(regexp_escape(lower(word)), '|') from (select unnest(?) as word)"
        connection.execute(f"set variable words = ({pattern})", [words])
        for schema, table, column in columns:
            holds = f"""regexp_matches(lower("{column}"::varchar), getvariable('words'))"""
            query = f"select count(*) from {schema}.{table} where {holds}"
            if schema != above and connection.execute(query).fetchall() != [(0,)]:
                found.append(f"{schema}.{table}.{column}")
    return found
