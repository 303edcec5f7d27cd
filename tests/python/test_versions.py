"""Databases and releases of another version of simpact: read, made anew, or refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from homes import main_in
from released import make_release
from simpact.errors import UserError
from simpact.exports.source import open_release
from simpact.release import RELEASE_FILE
from simpact.versions import KEPT, MADE, RAW, check_versions
from warehouse import run_dbt


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create schema raw; create schema private; create schema staging;
        create table raw.files as select 1 as number;
        create table raw.events as select 'a line' as line;
        create table private.releases as select 'r1' as release_id;
        create table private.text_embeddings as select 'of a person' as text_hash;
        create view staging.posts as from raw.events;
        create view staging.late_posts as from staging.posts
    """)
    return connection


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute("""
        select schema_name || '.' || table_name from duckdb_tables()
        union all
        select schema_name || '.' || view_name from duckdb_views() where not internal
    """).fetchall()
    return {name for (name,) in rows}


def test_a_new_database_and_one_from_before_versions_get_the_version(warehouse: duckdb.DuckDBPyConnection) -> None:
    for connection in (duckdb.connect(), warehouse):
        before = tables(connection)
        check_versions(connection, pytest.fail)
        assert tables(connection) == before | {"raw.schema_version"}
        assert connection.execute("from raw.schema_version").fetchall() == [(RAW, MADE)]


@pytest.mark.parametrize("age, raw", [("an older", 2), ("a newer", 0)])
def test_what_landed_in_another_way_is_refused_and_not_touched(
    age: str, raw: int, warehouse: duckdb.DuckDBPyConnection
) -> None:
    check_versions(warehouse, pytest.fail)
    before = tables(warehouse)
    with pytest.raises(UserError, match=f"made by {age} simpact.*Nothing was changed"):
        check_versions(warehouse, pytest.fail, raw=raw, made=7)
    assert tables(warehouse) == before
    assert warehouse.execute("from raw.schema_version").fetchall() == [(RAW, MADE)]


def test_what_was_made_in_another_way_is_made_anew_and_nothing_landed_is_lost(warehouse: duckdb.DuckDBPyConnection) -> None:
    said: list[str] = []
    check_versions(warehouse, said.append, made=2)
    assert tables(warehouse) == set(KEPT) and "everything else is made anew" in said[0]
    assert warehouse.execute("from raw.events").fetchall() == [("a line",)]
    check_versions(warehouse, pytest.fail, made=2)


def test_dbt_refuses_a_newer_database_with_a_sentence(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
        connection.execute("create schema raw; create table raw.schema_version as select 99 as raw_version, 1 as made_version")
    result = run_dbt("seed", home=tmp_path)
    said = result.stdout + result.stderr
    assert result.returncode and "made by a newer simpact: what has landed is of version 99" in said and "Traceback" not in said


@pytest.mark.parametrize("version, age", [("0", "an older"), ("99", "a newer"), (None, "an older")])
def test_a_release_of_another_version_is_refused(
    version: str | None, age: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_release(tmp_path / RELEASE_FILE, 40)
    shutil.copy(tmp_path / RELEASE_FILE, tmp_path / "good.duckdb")
    with open_release(tmp_path / "good.duckdb", tmp_path, lambda step: None):
        pass
    with duckdb.connect(str(tmp_path / RELEASE_FILE)) as connection:
        connection.execute("delete from release.data_card where item = 'schema_version'")
        if version:
            connection.execute("insert into release.data_card values ('release', 'schema_version', ?)", [version])
    with pytest.raises(SystemExit):
        main_in(tmp_path, "export")
    assert f"was made by {age} simpact: its tables are of version {version or 0}" in capsys.readouterr().err
    assert not (tmp_path / "exports").exists()
