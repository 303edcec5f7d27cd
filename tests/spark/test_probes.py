"""The rules of the SQL that two engines share, in executable form: what models may say, and why they must not say the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from both import session_settings
from probes import NOT_THE_SAME, RECORD, SAME, SAME_OF_MANY
from simpact.spark import workers

MACROS = Path(__file__).parents[2] / "macros"
FILES = ("vocabulary", "json_columns", "ordered_list", "ordered_structs", "map_of", "generalisation")
# Nothing, signs, letters of several alphabets and beyond the first plane, moments at the turn of an ISO year.
ROWS = """(
    select *
    from (
        values
        (1, 'a', 'b', cast(0.5 as double), 1735603200000000),
        (-7, 'İstanbul Straße', '', cast(-2.675 as double), 1609459199999999),
        (2147483647, 'a1 – “b” \U0001fa84', 'ABC', cast(1e300 as double), 0),
        (null, null, null, null, null)
    ) as probed(n, s, t, x, day_us)
) as probed_rows"""
Ask = Callable[[str], list[Any]]


def macros(engine: str, **names: Any) -> dict[str, Any]:
    """The bodies that the project's macros have for an engine, without dbt."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    found: dict[str, Any] = {"record": RECORD}
    for file in FILES:
        module = environment.from_string((MACROS / f"{file}.sql").read_text()).make_module({"return": str, **names})
        found |= {name.removeprefix(f"{engine}__"): body for name, body in vars(module).items() if name.startswith(engine)}
    return found


def one_column(run: Callable[[str], list[Any]], known: dict[str, Any]) -> Ask:
    return lambda text: [row[0] for row in run(jinja2.Template(text).render(known))]


@pytest.fixture(scope="module")
def on_duckdb() -> Ask:
    connection = duckdb.connect()
    known = macros("duckdb")
    connection.execute(known["vocabulary"]())
    return one_column(lambda query: connection.execute(query).fetchall(), known)


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    builder = SparkSession.builder.config("spark.sql.ansi.enabled", "true")
    for name, value in session_settings(tmp_path_factory.mktemp("spark")).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    adapter = SimpleNamespace(
        recogniser_version=lambda: "1",
        check_schemas=lambda names: None,
        give_workers_duckdb=lambda vocabulary: workers.register(session, vocabulary),
    )
    known = macros("spark", execute=True, adapter=adapter, run_query=session.sql, graph=SimpleNamespace(nodes={}))
    known["vocabulary"]()
    yield one_column(lambda query: session.sql(query).collect(), known)
    session.stop()


def same(left: Any, right: Any) -> bool:
    """Equal; floats but for the last digits, in which libraries of mathematics differ."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-14) or (math.isnan(left) and math.isnan(right))
    if isinstance(left, dict) and hasattr(right, "asDict"):
        right = right.asDict()
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right) and isinstance(left, str) == isinstance(right, str)


@pytest.mark.parametrize("expression", SAME)
def test_means_the_same_on_both_engines(expression: str, on_duckdb: Ask, on_spark: Ask) -> None:
    query = f"select {expression} as found from {ROWS} order by n nulls last"
    assert same(on_duckdb(query), on_spark(query))


@pytest.mark.parametrize("expression", SAME_OF_MANY)
def test_means_the_same_of_many_rows(expression: str, on_duckdb: Ask, on_spark: Ask) -> None:
    query = f"select {expression} as found from {ROWS} where n is not null"
    assert same(on_duckdb(query), on_spark(query))


@pytest.mark.parametrize("expression", NOT_THE_SAME)
def test_is_not_common(expression: str, on_duckdb: Ask, on_spark: Ask) -> None:
    """When a release of either engine makes this fail, the rule against it can go."""
    answers = []
    for ask in (on_duckdb, on_spark):
        try:
            answers.append(ask(f"select {expression} as found from {ROWS} order by n nulls last"))
        except (duckdb.Error, PySparkException) as error:
            answers.append([type(error).__name__])
    assert not same(*answers)
