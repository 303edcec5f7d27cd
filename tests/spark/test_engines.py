"""One archive on two engines: the same tables, and the same release."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import pytest

from both import Homes, changes, differences, kind, spark_tables
from conftest import build
from homes import all_bytes, released
from simpact.spark.driver import Driver
from warehouse import KEY, ROOT, run_dbt_cold

RELEASED = ("threads", "messages", "personas", "mixing")


def contents(home: Path) -> list[list[tuple]]:
    return [released(home, f"select count(*), bit_xor(hash(released)) from release.{table} as released") for table in RELEASED]


def test_every_table_of_the_sample_is_the_same_on_both_engines(sample_homes: Homes) -> None:
    assert len(spark_tables(sample_homes.spark)) == 133  # 129 models and 4 seeds
    assert differences(*sample_homes) == {}


def test_the_release_is_the_same(sample_homes: Homes) -> None:
    """Also its id, which a digest of all that leaves is part of."""
    assert contents(sample_homes.spark) == contents(sample_homes.duckdb)
    card = "select section, item, value from release.data_card order by all"
    assert released(sample_homes.spark, card) == released(sample_homes.duckdb, card)


def test_what_dbt_tests_is_so_there_too(sample_homes: Homes) -> None:
    result = run_dbt_cold("test", "--target", "spark", "--vars", "{release_seed: 7}", home=sample_homes.spark)
    assert result.returncode == 0 and re.search(r"Done\. PASS=\d{3,} WARN=0 ERROR=0", result.stdout), result.stdout[-4000:]


def test_nothing_holds_the_key(sample_homes: Homes) -> None:
    """Spark never gets it: neither catalogue nor table, neither what dbt compiled and logged nor Spark's log of events, which
    shows every plan. Nor does it get what decides ids and order but as a table."""
    home = sample_homes.spark
    secrets = [KEY.encode(), KEY.encode().hex().encode(), base64.b64encode(KEY.encode())]
    (salt,) = column(home, "private.int_privacy__salt", "salt")
    files = [(path, content) for path, content in all_bytes(home) if path.suffix != ".parquet"]
    events = [content for path, content in files if path.parent.name == "events"]
    assert any(b"== Physical Plan ==" in content and b"int_privacy__salt" in content for content in events)
    assert not [path.name for path, content in files if any(secret in content for secret in (*secrets, salt.encode()))]
    for name, parquet in spark_tables(home).items():
        found = f"select count(*) from '{parquet}' as held where contains(held::text, $key)"
        assert duckdb.execute(found, {"key": KEY}).fetchall() == [(0,)], name


def test_no_plan_shows_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPACT_KEY", KEY)
    driver = Driver(tmp_path)
    ((_, plan),) = driver.ask("explain analyze select keyed('person ' || did) from (values ('ann')) as people(did)", "")
    assert "keyed" in plan and KEY not in plan


def test_what_spark_starts_does_not_inherit_the_key(tmp_path: Path) -> None:
    asked = ", ".join(
        f"java_method('java.lang.System', 'getenv', '{name}') as {name}" for name in ("SIMPACT_HOME", "SIMPACT_KEY")
    )
    result = run_dbt_cold("show", "--target", "spark", "--output", "json", "--inline", f"select {asked}", home=tmp_path)
    assert f'"SIMPACT_HOME": "{tmp_path}"' in result.stdout and '"SIMPACT_KEY": "null"' in result.stdout, result.stdout[-4000:]


# What a build says of the one before: what is new, who has moved.
OF_THE_LAST_BUILD = {
    "raw.files",
    "private.int_personas__previous",
    "private.int_personas__texts",
    "private.int_privacy__unredacted",
    "private.persona_members",
    "private.persona_quality",
}


def test_a_second_build_makes_the_same_again(sample_homes: Homes, tmp_path: Path) -> None:
    """What is made anew, and what is kept: no text is embedded or redacted twice, and none is lost."""
    shutil.copytree(sample_homes.spark / "simpact_spark", tmp_path / "simpact_spark")
    release = contents(sample_homes.spark)
    build("spark", sample_homes.spark)
    assert contents(sample_homes.spark) == release
    assert changes(tmp_path, sample_homes.spark).keys() <= OF_THE_LAST_BUILD
    assert not column(sample_homes.spark, "private.int_personas__texts", "text_hash")
    assert not column(sample_homes.spark, "private.int_privacy__unredacted", "redaction_key")


def test_a_closed_gate_stops_the_release_in_dbt_run_too(sample_homes: Homes) -> None:
    release = sample_homes.spark / "simpact_release.duckdb"
    before = release.stat().st_mtime_ns
    ((table, *_),) = [list((sample_homes.spark / "simpact_spark/tables/quality.db/gate_personas").glob("*.parquet"))]
    kept = table.read_bytes()
    shut = f"select * replace (false as success) from read_parquet('{table}')"
    duckdb.sql(f"copy ({shut}) to '{table}.shut' (format parquet)")
    checksum = table.with_name(f".{table.name}.crc")
    checksum.unlink()  # Spark's own, of what was there
    table.with_name(f"{table.name}.shut").replace(table)
    try:
        command = ("run", "--target", "spark", "--select", "releases", "--vars", "{release_seed: 7}")
        result = run_dbt_cold(*command, home=sample_homes.spark)
    finally:
        table.write_bytes(kept)
    assert result.returncode == 1 and "gate_personas is closed" in result.stdout
    assert release.stat().st_mtime_ns == before


def column(home: Path, table: str, name: str) -> list[str]:
    return [value for (value,) in duckdb.sql(f"select {name} from '{spark_tables(home)[table]}'").fetchall()]


def test_a_table_that_breaks_its_contract_is_refused(tmp_path: Path) -> None:
    """The types are those of contracts, and so is the error."""
    driver = Driver(tmp_path)
    made = driver.parquet(tmp_path)
    driver.connection.execute(f"copy (select 1 as a, ['x'] as b, map {{1: 2}} as c) to '{tmp_path}/0.parquet'")
    macros = ROOT / "python_models/dbt/adapters/sparksession/macros/contract.sql"
    errors: list[tuple] = []
    known = {
        "adapter": SimpleNamespace(columns_of=driver.columns, parquet_of=lambda *_: made),
        "exceptions": SimpleNamespace(raise_contract_error=lambda *columns: errors.append(columns)),
    }
    kept = {"c": "map(integer, integer)", "a": "integer", "b": "varchar[]"}
    for types in (kept, {"a": "bigint", "b": "varchar[]"}):
        columns = {name: {"data_type": type_} for name, type_ in types.items()}
        template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(macros.read_text())
        template.make_module(known | {"model": {"columns": columns}}).assert_contract(SimpleNamespace(schema="", identifier=""))
        assert bool(errors) == (types is not kept)


def test_kinds_of_types() -> None:
    assert kind("STRUCT(a INTEGER, b DOUBLE[])[]") == kind("STRUCT(a BIGINT, b FLOAT[384])[]")
    assert kind("VARCHAR") != kind("INTEGER") and kind("MAP(INTEGER, INTEGER)") != kind("MAP(INTEGER, VARCHAR)")
