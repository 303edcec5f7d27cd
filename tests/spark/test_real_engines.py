"""Real archives on two engines, where they are at hand (test_real_data.py): nothing here names or prints what is in them."""

from __future__ import annotations

from pathlib import Path

from both import Homes, differences
from conftest import build
from test_real_data import VARIABLES, archive, pytestmark

__all__ = ["archive", "pytestmark"]


def test_every_table_is_the_same_on_both_engines(archive: Path, tmp_path: Path) -> None:
    """Up to threads and scores of automation; personas are of few people there."""
    homes = Homes(tmp_path / "duckdb", tmp_path / "spark")
    for target, home in (("local", homes.duckdb), ("spark", homes.spark)):
        build(target, home, "--exclude", "int_personas__users+", archive=f"{archive}/*", **VARIABLES)
    unlike = sorted(differences(*homes))
    assert not unlike
