"""The bundled sample, built once on each engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from both import Homes
from homes import NO_EXPERIMENT, NO_TESTS
from warehouse import run_dbt_cold

EVENT_LOG = """
spark.eventLog.enabled true
spark.eventLog.compress false
spark.eventLog.rolling.enabled false
spark.eventLog.dir {folder}
"""


def build(target: str, home: Path, *arguments: str, archive: str | None = None, **variables: object) -> None:
    """A `dbt build` as far as the release file. With a seed, so that what is random is the same on both.

    Of Spark every event is logged, plans among them: as those who run a cluster do, by its own configuration.
    """
    logged = home / "events"
    logged.mkdir(parents=True, exist_ok=True)
    (home / "spark-defaults.conf").write_text(EVENT_LOG.format(folder=logged.as_uri()))
    given = ("--target", target, "--vars", json.dumps({"release_seed": 7} | variables))
    only = NO_EXPERIMENT if target == "local" and "--selector" not in arguments else ()
    result = run_dbt_cold("build", *given, *NO_TESTS, *only, *arguments, home=home, archive=archive, SPARK_CONF_DIR=str(home))
    assert result.returncode == 0, result.stdout[-4000:]


@pytest.fixture(scope="session")
def sample_homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("homes")
    homes = Homes(folder / "duckdb", folder / "spark")
    build("local", homes.duckdb)
    build("spark", homes.spark)
    return homes
