"""The target `spark` by SPARK_REMOTE: on a server that is another process, as the one of a cluster is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from both import differences
from conftest import build
from connect_server import SPARK, connect_server
from homes import NO_EXPERIMENT, released
from simpact.errors import UserError
from simpact.sample.writer import write_sample
from simpact.spark.session import _check_server
from warehouse import run_dbt_cold

needs_connect = pytest.mark.skipif(not list(SPARK.glob("jars/spark-connect_*.jar")), reason="pyspark without Spark Connect")


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with connect_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@needs_connect
def test_a_server_makes_what_duckdb_makes(remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table as far as the release, though the server's own settings, warehouse and time zone are others.

    And no second warehouse gets at the tables of the first: its build ends before it changes anything.
    """
    write_sample(3000, 5, tmp_path / "sample")
    monkeypatch.setenv("SIMPACT_ARCHIVE", str(tmp_path / "sample/archive"))
    build("local", tmp_path / "duckdb", *NO_EXPERIMENT)
    monkeypatch.setenv("SPARK_REMOTE", remote)
    build("spark", tmp_path / "spark")
    assert differences(tmp_path / "duckdb", tmp_path / "spark") == {}
    threads = "select count(*), bit_xor(hash(threads)) from release.threads"
    assert released(tmp_path / "spark", threads) == released(tmp_path / "duckdb", threads)
    result = run_dbt_cold("seed", "--target", "spark", home=tmp_path / "other")
    assert result.returncode == 1 and "Spark's catalogue has the schema 'seeds' in " in result.stdout
    assert differences(tmp_path / "duckdb", tmp_path / "spark") == {}


def test_a_server_that_does_not_answer_is_a_sentence_without_its_token(tmp_path: Path) -> None:
    remote = "sc://127.0.0.1:1/;token=a-secret"
    result = run_dbt_cold("seed", "--target", "spark", home=tmp_path, SPARK_REMOTE=remote)
    assert result.returncode == 1 and "No server of Spark Connect answers at 127.0.0.1:1, as SPARK_REMOTE says" in result.stdout
    assert "a-secret" not in result.stdout + (tmp_path / "logs/dbt.log").read_text()


@pytest.mark.parametrize(
    "version, settings, said",
    [
        ("4.0.1", {}, "runs Spark 4.0.1, and here is 4.3"),
        (
            "4.3.7",
            {"spark.sql.catalogImplementation": "in-memory"},
            "must be started with spark.sql.catalogImplementation=hive",
        ),
    ],
)
def test_a_server_that_is_not_what_is_needed_is_a_sentence(version: str, settings: dict[str, str], said: str) -> None:
    server = SimpleNamespace(version=version, conf=settings)
    with pytest.raises(UserError, match=said):
        _check_server(server, {"spark.sql.catalogImplementation": "hive"})
