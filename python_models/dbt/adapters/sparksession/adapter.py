"""The adapter of the target `spark`: dbt-spark's session method, and what its macros call of simpact.spark."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dbt.adapters.base import available
from dbt.adapters.contracts.connection import Connection
from dbt.adapters.spark.connections import SparkConnectionManager, SparkCredentials
from dbt.adapters.spark.impl import SparkAdapter
from dbt_common.exceptions import DbtRuntimeError

from simpact.errors import UserError
from simpact.home import quoted
from simpact.keys import hidden_key
from simpact.spark import workers
from simpact.spark.driver import Driver
from simpact.spark.session import check_schemas, is_remote, open_session, settable

NAME = "sparksession"
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else its workers take the python3 of PATH


@dataclass
class SparkSessionCredentials(SparkCredentials):
    """dbt-spark's, but that a cast that fails or a sum that overflows is an error, as on DuckDB.

    `host`, which dbt-spark wants and a session has no use for, is the folder of the warehouse.
    """

    is_key_required: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.server_side_parameters["spark.sql.ansi.enabled"] = "true"  # dbt-spark insists on false
        if is_remote():
            self.server_side_parameters = settable(self.server_side_parameters)

    def __deepcopy__(self, memo: dict[int, Any]) -> SparkSessionCredentials:
        """dbt copies its configuration for a unit test with variables of its own; what is open stays one."""
        return self

    @property
    def type(self) -> str:
        return NAME

    @cached_property
    def beside(self) -> Driver:
        """The DuckDB beside Spark. It holds the private database, so that one build at a time writes to the warehouse."""
        return Driver(Path(self.host), self.is_key_required)

    @cached_property
    def session(self) -> Any:
        """Spark, once the private database is held. Raises what simpact.spark.driver.Driver and open_session raise."""
        folder = self.beside.folder
        with hidden_key(os.environ):  # what Spark starts inherits the environment
            return open_session(self.server_side_parameters, folder)


class SparkSessionConnectionManager(SparkConnectionManager):
    TYPE = NAME

    @contextmanager
    def exception_handler(self, sql: str) -> Iterator[None]:
        """dbt-spark's, but that a sentence stays one: it would put another title over it at every step."""
        sentence = ""
        with super().exception_handler(sql):
            try:
                yield
            except (DbtRuntimeError, UserError) as error:
                sentence = error.msg if isinstance(error, DbtRuntimeError) else str(error)
        if sentence:
            raise DbtRuntimeError(sentence)

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        connection.credentials.session  # noqa: B018 -- with a sentence where dbt-spark would have a trace of Java's
        return super().open(connection)

    def cancel(self, connection: Connection) -> None:
        """On Ctrl-C: end what Spark runs, or DuckDB beside it, which dbt-spark would wait for.

        The session ends with it: to interrupt it alone misses what has no job yet.
        """
        connection.credentials.session.stop()
        connection.credentials.beside.connection.interrupt()


@contextmanager
def as_dbt_says() -> Iterator[None]:
    """What a user can mend as an error of dbt's, which is printed without a traceback."""
    try:
        yield
    except UserError as error:
        raise DbtRuntimeError(str(error)) from None


class SparkSessionAdapter(SparkAdapter):
    ConnectionManager = SparkSessionConnectionManager

    @property
    def driver(self) -> Driver:
        """The DuckDB beside Spark."""
        return self.config.credentials.beside

    @available
    def give_workers_duckdb(self, vocabulary: str) -> None:
        """Give Spark the functions that its workers ask of DuckDB (simpact.spark.workers)."""
        workers.register(self.config.credentials.session, vocabulary)

    @available
    def recogniser_version(self) -> str:
        """What DuckDB's variable of that name holds."""
        return str(self.driver.plugin.variables["recogniser_version"])

    @available
    def make_on_driver(self, node: dict[str, Any], code: str, vocabulary: str) -> str:
        """Run a node beside Spark: the Parquet that holds its rows. Raises DbtRuntimeError for what a user can mend."""
        with as_dbt_says():
            return str(self.driver.make(node["schema"], node["alias"], node.get("language", "sql"), code, vocabulary))

    @available
    def ask_driver(self, query: str, vocabulary: str) -> list[Any]:
        """What a query of DuckDB's finds in what there is."""
        return self.driver.ask(query, vocabulary)

    @available
    def check_schemas(self, names: list[str]) -> None:
        """simpact.spark.session.check_schemas, as DbtRuntimeError."""
        with as_dbt_says():
            check_schemas(self.config.credentials.session, {name: self.driver.schema_folder(name) for name in names})

    @available
    def schema_folder(self, name: str) -> str:
        """Where the tables of a schema lie, as SQL takes it between quotes."""
        return quoted(self.driver.schema_folder(name))

    @available
    def clear_folder(self, schema: str, name: str) -> None:
        """Delete what a build that was killed has left where a table is to lie: Spark writes nowhere else, and not over it."""
        shutil.rmtree(self.driver.schema_folder(schema) / name, ignore_errors=True)

    @available
    def columns_of(self, query: str) -> list[dict[str, str]]:
        """The columns of a query of DuckDB's, by name, as dbt compares them with a contract."""
        return self.driver.columns(query)

    @available
    def parquet_of(self, schema: str, table: str) -> str:
        """A table of Spark's, as DuckDB reads it."""
        return self.driver.parquet(self.driver.schema_folder(schema) / table)

    @available
    def map_on_workers(self, node: dict[str, Any], code: str) -> str:
        """Have Spark's workers run a node: the temporary view of its rows."""
        session = self.config.credentials.session
        names: dict[str, Any] = {}
        exec(compile(code, node["alias"], "exec"), names)
        names["model"](names["dbtObj"](session.table), session).createOrReplaceTempView("node_rows")
        return "node_rows"

    @available
    def land_files(self, code: str, vocabulary: str) -> str:
        """Land every new file of the archive by the SQL of raw.events: the folder with a Parquet per file."""
        with as_dbt_says():
            return str(self.driver.land(self.config.credentials.session, code, vocabulary))
