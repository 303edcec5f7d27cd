"""Archives such as nobody should send, on two engines and in pieces."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from both import Homes, differences
from conftest import build
from odd import odd_ledger, odd_lines

VARIABLES = {"min_posts_per_user": 1, "languages": ["en", "fr", "it"], "topic": "canada_2025"}
NO_PERSONAS = ("--exclude", "int_personas__users+")  # nothing above threads and scores of automation reads a record
# What DuckDB's last build has folded in; on Spark every build folds everything.
OF_THIS_BUILD = {
    "staging.stg_fold__started",
    "staging.stg_fold__touched_commits",
    "private.int_fold__targeted",
    "private.int_fold__touched_actions",
    "private.int_fold__touched_people",
    "private.int_fold__touched_posts",
    "private.int_actions__answered",
}


class Odd:
    """An archive that grows, and its warehouses."""

    def __init__(self, folder: Path) -> None:
        self.archive, self.homes = folder / "archive", Homes(folder / "duckdb", folder / "spark")
        (self.archive / ".collect").mkdir(parents=True)

    def add(self, name: str, content: bytes) -> None:
        (self.archive / name).write_bytes(content)

    def build(self) -> None:
        build("local", self.homes.duckdb, *NO_PERSONAS, archive=str(self.archive), **VARIABLES)
        build("spark", self.homes.spark, *NO_PERSONAS, archive=str(self.archive), **VARIABLES)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Odd:
    return Odd(tmp_path_factory.mktemp("odd"))


def test_every_table_is_the_same_on_both_engines(odd: Odd) -> None:
    odd.add("0.ndjson", b"\n".join(odd_lines(1)))
    odd.add(".collect/ledger.ndjson", odd_ledger(1))
    odd.build()
    assert differences(*odd.homes) == {}


def test_a_file_more_ends_in_the_same(odd: Odd) -> None:
    """DuckDB folds it into what it has, Spark folds everything anew."""
    odd.add("1.ndjson", b"\n".join(odd_lines(2)))
    odd.build()
    with duckdb.connect(str(odd.homes.duckdb / "simpact_private.duckdb"), read_only=True) as connection:
        assert connection.execute("select is_anew from staging.stg_fold__started").fetchall() == [(False,)]
    assert differences(*odd.homes, but_for=OF_THIS_BUILD) == {}
