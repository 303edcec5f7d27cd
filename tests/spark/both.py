"""Two warehouses of one archive, table by table: what DuckDB made and what Spark made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import duckdb
import jinja2
import yaml

from warehouse import ROOT

# Kinds of types. DuckDB counts in bigint and sums in hugeint where Spark takes int and bigint; hashes are unsigned on DuckDB.
KINDS = {
    r"(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(20,0\))": "HUGEINT",
    r"(FLOAT|DOUBLE)": "DOUBLE",
    r"(JSON|UUID|ENUM\(.*\))": "VARCHAR",
    r"TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}
# Nested JSON is one text here and another there; what is taken from it is compared.
AS_JSON = {"staging.stg_bluesky__posts": {"facets"}, "staging.stg_bluesky__profiles": {"self_labels"}}


class Homes(NamedTuple):
    """The folders of two warehouses."""

    duckdb: Path
    spark: Path


def session_settings(home: Path) -> dict[str, str]:
    """What profiles.yml says of a session with its warehouse in `home`."""
    known = {"SIMPACT_HOME": str(home), "SIMPACT_THREADS": "2", "SIMPACT_SPARK_MEMORY": "1g"}
    profile = jinja2.Template((ROOT / "profiles.yml").read_text()).render(
        env_var=lambda name, default="": known.get(name, default)
    )
    return yaml.safe_load(profile)["simpact"]["outputs"]["spark"]["server_side_parameters"]


def kind(type_: str) -> str:
    """The kind of a type, inside lists, maps and structs too."""
    for pattern, name in KINDS.items():
        type_ = re.sub(rf"\b{pattern}(?![\w(])", name, type_)
    return re.sub(r"\[\d+\]", "[]", type_)


def spark_tables(home: Path) -> dict[str, str]:
    """Name to a glob of Parquet, of all that the target `spark` has built."""
    tables = (home / "simpact_spark/tables").glob("*.db/*")
    found = {f"{path.parent.stem}.{path.name}": f"{path}/*.parquet" for path in tables if any(path.glob("*.parquet"))}
    (landed,) = (home / "simpact_spark/landed").glob("*")
    return dict(sorted((found | {"raw.events": f"{landed}/*.parquet"}).items()))


def differences(duckdb_home: Path, spark_home: Path) -> dict[str, str]:
    """Table to what is different about it; nothing of a value is in it."""
    found = {}
    with duckdb.connect(str(duckdb_home / "simpact_private.duckdb"), read_only=True) as connection:
        for name, parquet in spark_tables(spark_home).items():
            try:
                difference = _difference(connection, name, f"read_parquet('{parquet}')")
            except duckdb.CatalogException:
                difference = "is not on DuckDB"
            if difference:
                found[name] = difference
    return found


def _difference(connection: duckdb.DuckDBPyConnection, name: str, spark: str) -> str:
    types = [
        {column: kind(type_) for column, type_, *_ in connection.execute(f"describe from {source}").fetchall()}
        for source in (name, spark)
    ]
    if list(types[0]) != list(types[1]):
        return f"columns {list(types[0])} and {list(types[1])}"
    unlike = [
        f"{column} {types[0][column]} and {types[1][column]}" for column in types[0] if types[0][column] != types[1][column]
    ]
    if unlike:
        return "types " + ", ".join(unlike)
    columns = [_same(column, type_) for column, type_ in types[0].items() if column not in AS_JSON.get(name, ())]
    ours, theirs = (f"select {', '.join(columns)} from {source}" for source in (name, spark))
    counts = [
        connection.execute(f"select count(*) from ({left} except all {right})").fetchall()[0][0]
        for left, right in ((ours, theirs), (theirs, ours))
    ]
    if counts == [0, 0]:
        return ""
    by_column = [
        column
        for column, same in zip(types[0], columns, strict=False)
        if connection.execute(
            f"select count(*) from (select {same} from {name} except all select {same} from {spark})"
        ).fetchall()
        != [(0,)]
    ]
    return f"{counts[0]} rows on DuckDB alone, {counts[1]} on Spark alone, in {', '.join(by_column) or 'no column alone'}"


def _same(column: str, type_: str) -> str:
    """A column in a form in which equal values are equal: sums of floats end otherwise in another order."""
    if type_ == "DOUBLE":
        return f"round({column}::double, 9) as {column}"
    if type_ == "DOUBLE[]":
        return f"[round(x, 6) for x in {column}::double[]] as {column}"
    return f'"{column}"::{type_} as "{column}"'
