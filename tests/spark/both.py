"""Two warehouses of one archive, table by table: what DuckDB made and what Spark made."""

from __future__ import annotations

import re
from collections.abc import Collection
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
# Sums of floats end otherwise in another order, and so do vectors of other batches.
CLOSE = {
    "DOUBLE": "abs(ours.value - theirs.value) <= 1e-6 * (1 + abs(ours.value))",
    "DOUBLE[]": "list_distance(ours.value, theirs.value) <= 1e-3",
}


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


def differences(duckdb_home: Path, spark_home: Path, but_for: Collection[str] = ()) -> dict[str, str]:
    """Table to what is different about it on the two engines; nothing of a value is in it."""
    with duckdb.connect(str(duckdb_home / "simpact_private.duckdb"), read_only=True) as connection:
        return {
            name: difference
            for name, parquet in spark_tables(spark_home).items()
            if name not in but_for and (difference := _difference(connection, name, f"read_parquet('{parquet}')"))
        }


def changes(before: Path, after: Path) -> dict[str, str]:
    """Table to what two builds on Spark made otherwise."""
    old, new = spark_tables(before), spark_tables(after)
    with duckdb.connect() as connection:
        sources = {name: [f"read_parquet('{tables[name]}')" for tables in (old, new)] for name in old.keys() & new.keys()}
        found = {name: _difference(connection, *both) for name, both in sources.items()}
    found |= {name: "is there only once" for name in old.keys() ^ new.keys()}
    return {name: difference for name, difference in found.items() if difference}


def _difference(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> str:
    try:
        ours, theirs = (
            {column: kind(type_) for column, type_, *_ in connection.execute(f"describe from {source}").fetchall()}
            for source in (one, other)
        )
    except duckdb.CatalogException:
        return "is not on DuckDB"
    if list(ours) != list(theirs):
        return f"columns {list(ours)} and {list(theirs)}"
    unlike = [f"{column} {ours[column]} and {theirs[column]}" for column in ours if ours[column] != theirs[column]]
    if unlike:
        return f"types {', '.join(unlike)}"
    exact = {column: type_ for column, type_ in ours.items() if not type_.startswith("DOUBLE")}
    if exact:
        columns = ", ".join(f'"{column}"::{type_}' for column, type_ in exact.items())
        counts = [
            _count(connection, f"select {columns} from {left} except all select {columns} from {right}")
            for left, right in ((one, other), (other, one))
        ]
        if counts != [0, 0]:
            return f"{counts[0]} rows only on the left, {counts[1]} only on the right"
    far = [
        column
        for column, type_ in ours.items()
        if type_ in CLOSE and _count(connection, _far(one, other, list(exact), column, type_))
    ]
    return f"other numbers in {', '.join(far)}" if far else ""


def _far(one: str, other: str, exact: list[str], column: str, type_: str) -> str:
    """The rows whose floats are far apart, row by row in the order of the rest."""
    order = ", ".join([*(f'"{column}"' for column in exact), f'"{column}"'])
    ours, theirs = (
        f'(select "{column}"::{type_} as value, row_number() over (order by {order}) as place from {source})'
        for source in (one, other)
    )
    return f"""
        select 1
        from {ours} as ours
        inner join {theirs} as theirs on ours.place = theirs.place
        where ours.value is distinct from theirs.value and ({CLOSE[type_]}) is not true
    """


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(f"select count(*) from ({query})").fetchall()[0][0])
