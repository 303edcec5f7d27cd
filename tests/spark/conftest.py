"""The bundled sample, built once on each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from both import Homes
from homes import NO_EXPERIMENT, NO_TESTS
from warehouse import run_dbt_cold


def build(target: str, home: Path, *arguments: str) -> None:
    """A `dbt build` as far as the release file. With a seed, so that what is random is the same on both."""
    home.mkdir(exist_ok=True)
    result = run_dbt_cold("build", "--target", target, "--vars", "{release_seed: 7}", *NO_TESTS, *arguments, home=home)
    assert result.returncode == 0, result.stdout[-4000:]


@pytest.fixture(scope="session")
def sample_homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("homes")
    homes = Homes(folder / "duckdb", folder / "spark")
    build("local", homes.duckdb, *NO_EXPERIMENT)
    build("spark", homes.spark)
    return homes
