"""The figures of a report: what a few queries find in the release, in `quality` and in `experiment`, and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from simpact.errors import UserError
from simpact.home import PRIVATE_FILE, limits, quoted, spill_folder
from simpact.release import RELEASE_FILE

QUERIES = Path(__file__).with_name("queries")

Row = dict[str, Any]
Figures = dict[str, list[Row] | None]  # by the name of the query; None where a table that it reads is not built


def read_figures(home: Path, say: Callable[[str], None] = lambda step: None, only: Collection[str] = ()) -> Figures:
    """What every query, or `only` some, find in the databases in `home`, of which one may be missing.

    Raises UserError when both are, duckdb.Error when one cannot be read, such as while a build is running.
    """
    with _opened(home) as connection:
        say("figures")
        paths = [path for path in sorted(QUERIES.glob("*.sql")) if not only or path.stem in only]
        return {path.stem: _rows(connection, path.read_text(encoding="utf-8")) for path in paths}


@contextmanager
def _opened(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    files = {path.stem: path for path in (home / PRIVATE_FILE, home / RELEASE_FILE) if path.is_file()}
    if not files:
        raise UserError(f"There is neither {PRIVATE_FILE} nor {RELEASE_FILE} in '{home}': run dbt build first.")
    with duckdb.connect(config=limits(spill_folder(home))) as connection:
        for name, path in files.items():
            connection.execute(f"attach '{quoted(path)}' as {name} (read_only)")
        yield connection


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row] | None:
    try:
        answer = connection.execute(query)
    except duckdb.CatalogException:
        return None
    except duckdb.BinderException as error:  # a whole database is missing
        if "Catalog" in str(error) and "does not exist" in str(error):
            return None
        raise
    names = [column[0] for column in answer.description]
    return [{name: _told(value) for name, value in zip(names, row, strict=True)} for row in answer.fetchall()]


def _told(value: Any) -> Any:
    """A value as JSON has it: no decimal number, and None for one that is not finite."""
    value = float(value) if isinstance(value, Decimal) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
