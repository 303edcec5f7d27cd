"""The target `spark` by SPARK_REMOTE: on a server that is another process, as that of a cluster is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace

import pytest

from both import differences
from connect_server import SPARK, connect_server
from homes import NO_EXPERIMENT, NO_TESTS, private, released
from simpact.errors import UserError
from simpact.sample.writer import write_sample
from simpact.spark.session import _check_server
from warehouse import run_dbt_cold

# The least that every attack can be tried on: else the gate stays closed.
EVENTS, SETTINGS = 5000, "{release_seed: 7, time_bucket: month}"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not list(SPARK.glob("jars/spark-connect_*.jar")):
        pytest.skip("pyspark without Spark Connect")
    with connect_server(tmp_path_factory.mktemp("server")) as address:
        yield address


def test_a_server_makes_what_duckdb_makes(remote: str, tmp_path: Path) -> None:
    """Every table as far as the release, though the server has another warehouse, time zone and kind of arithmetic.

    A killed build's leftovers are in nobody's way, and no other folder gets at the tables.
    """
    write_sample(EVENTS, 5, tmp_path / "sample")
    on_duckdb, on_spark = tmp_path / "duckdb", tmp_path / "spark"

    def run(command: str, target: str, home: Path, *options: str, **environment: str) -> CompletedProcess[str]:
        home.mkdir(exist_ok=True)
        archive = str(tmp_path / "sample/archive")
        return run_dbt_cold(
            command, "--target", target, "--vars", SETTINGS, *options, home=home, archive=archive, **environment
        )

    result = run("build", "local", on_duckdb, *NO_TESTS, *NO_EXPERIMENT)
    assert result.returncode == 0, result.stdout[-4000:]
    result = run("build", "spark", on_spark, *NO_TESTS, SPARK_REMOTE=remote)
    assert result.returncode == 0, result.stdout[-4000:]
    assert differences(on_duckdb, on_spark) == {}
    digest = "select count(*), bit_xor(hash(messages)) from release.messages"
    assert released(on_spark, digest) == released(on_duckdb, digest)
    assert private(on_spark, "select count(*) from raw.events") == private(on_duckdb, "select count(*) from raw.events")

    left = on_spark / "simpact_spark/tables/seeds.db/action_types__next/part-0.parquet"
    left.parent.mkdir()
    left.write_text("half")
    result = run("seed", "spark", on_spark, SPARK_REMOTE=remote)
    assert result.returncode == 0, result.stdout[-4000:]
    result = run("seed", "spark", tmp_path / "other", SPARK_REMOTE=remote)
    assert result.returncode != 0 and "Spark's catalogue has the schema '" in result.stdout
    assert differences(on_duckdb, on_spark) == {}


def test_a_server_that_does_not_answer_is_a_sentence_without_its_token(tmp_path: Path) -> None:
    remote = "sc://127.0.0.1:1/;token=a-secret"
    result = run_dbt_cold("seed", "--target", "spark", home=tmp_path, SPARK_REMOTE=remote)
    assert result.returncode != 0 and "No server of Spark Connect answers at 127.0.0.1:1, as SPARK_REMOTE says" in result.stdout
    assert "a-secret" not in result.stdout + (tmp_path / "logs/dbt.log").read_text()


@pytest.mark.parametrize(
    "version, catalogue, said",
    [
        ("4.0.1", "hive", "runs Spark 4.0.1, and here is 4.3"),
        ("4.3.7", "in-memory", "must be started with spark.sql.catalogImplementation=hive"),
    ],
)
def test_a_server_that_is_not_what_is_needed_is_a_sentence(version: str, catalogue: str, said: str) -> None:
    server = SimpleNamespace(version=version, conf={"spark.sql.catalogImplementation": catalogue})
    with pytest.raises(UserError, match=said):
        _check_server(server, {"spark.sql.catalogImplementation": "hive"})
