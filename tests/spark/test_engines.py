"""One archive on two engines: the same tables, and the same release."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from both import Homes, differences, kind, spark_tables
from conftest import build
from homes import all_bytes, released
from warehouse import KEY, run_dbt_cold

RELEASED = ("threads", "messages", "personas", "mixing")


def contents(home: Path) -> list[list[tuple]]:
    return [released(home, f"select count(*), bit_xor(hash(released)) from release.{table} as released") for table in RELEASED]


def test_every_table_of_the_sample_is_the_same_on_both_engines(sample_homes: Homes) -> None:
    assert len(spark_tables(sample_homes.spark)) == 130
    assert differences(*sample_homes) == {}


def test_the_release_is_the_same(sample_homes: Homes) -> None:
    """Also its id, which a digest of all that leaves is part of."""
    assert contents(sample_homes.spark) == contents(sample_homes.duckdb)
    card = "select section, item, value from release.data_card order by all"
    assert released(sample_homes.spark, card) == released(sample_homes.duckdb, card)


def test_the_key_is_in_no_file(sample_homes: Homes) -> None:
    """Spark never gets it: neither catalogue nor log nor what dbt compiled holds it."""
    found = [path.name for path, content in all_bytes(sample_homes.spark) if KEY.encode() in content]
    assert not found


def test_a_second_build_makes_the_same_again(sample_homes: Homes, tmp_path: Path) -> None:
    """What is made anew, and what is kept: no text is embedded or redacted twice, and none is lost."""
    before = Path(shutil.copytree(sample_homes.spark / "simpact_spark/tables", tmp_path / "before"))
    release = contents(sample_homes.spark)
    build("spark", sample_homes.spark)
    assert contents(sample_homes.spark) == release
    for name in ("private.db/text_embeddings", "private.db/redacted_texts", "private.db/thread_messages"):
        now = sample_homes.spark / "simpact_spark/tables" / name
        assert rows(now) == rows(before / name)


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


def rows(table: Path) -> int:
    return int(duckdb.sql(f"select count(*) from '{table}/*.parquet'").fetchall()[0][0])


def test_kinds_of_types() -> None:
    assert kind("STRUCT(a INTEGER, b DOUBLE[])[]") == kind("STRUCT(a BIGINT, b FLOAT[384])[]")
    assert kind("VARCHAR") != kind("INTEGER") and kind("MAP(INTEGER, INTEGER)") != kind("MAP(INTEGER, VARCHAR)")
