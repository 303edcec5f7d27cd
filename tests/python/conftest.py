"""What several test files share."""

from __future__ import annotations

import os

# Each worker has a core. Two threads on it wait for each other, and burn what they wait: before anything loads BLAS or OpenMP.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Whoever asks the hub where there is none tries for 45 s. What is not on this machine is not there.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from warehouse import WARM, run_dbt_cold

# Two workers take whole files in this order. The sample is built for the second while the first does what goes without it.
FIRST = ("test_incremental", "test_personas", "test_oracle", "test_build", "test_release", "test_erasure", "test_experiment")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that the workers end together."""
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A warehouse built from the bundled sample as a new user builds it, with all its tests. Not to be changed."""
    own = tmp_path_factory.getbasetemp()
    home = (own if worker_id == "master" else own.parent) / "sample_home"  # all workers share one
    with FileLock(home.with_suffix(".lock")):
        if not (home / "build.txt").exists():
            home.mkdir()
            result = run_dbt_cold("build", home=home)
            assert result.returncode == 0, result.stdout
            (home / "build.txt").write_text(result.stdout)
    return home


@pytest.fixture(scope="session", autouse=True)
def warm_dbt() -> Iterator[None]:
    """No process that a test has started stays behind."""
    yield
    WARM.stop()
