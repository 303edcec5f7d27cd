"""The adapter of the target `spark`: dbt-spark's session method, and what its macros call of simpact.spark."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

from dbt.adapters.base import available
from dbt.adapters.spark.connections import SparkConnectionManager, SparkCredentials
from dbt.adapters.spark.impl import SparkAdapter
from dbt_common.exceptions import DbtRuntimeError

from simpact.errors import UserError
from simpact.spark.driver import Driver, letters

NAME = "sparksession"
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else its workers take the python3 of PATH


class SparkSessionCredentials(SparkCredentials):
    """dbt-spark's, but that a cast that fails or a sum that overflows is an error, as on DuckDB.

    `host`, which dbt-spark wants and a session has no use for, is the folder of the warehouse.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.server_side_parameters["spark.sql.ansi.enabled"] = "true"  # dbt-spark insists on false

    @property
    def type(self) -> str:
        return NAME


class SparkSessionConnectionManager(SparkConnectionManager):
    TYPE = NAME


class SparkSessionAdapter(SparkAdapter):
    ConnectionManager = SparkSessionConnectionManager

    @cached_property
    def driver(self) -> Driver:
        """The DuckDB beside Spark, made when the first node wants it."""
        credentials = self.config.credentials
        return Driver(Path(credentials.host), Path(credentials.server_side_parameters["spark.sql.warehouse.dir"]))

    @available
    def letters(self, plain: str) -> tuple[str, str]:
        """simpact.spark.driver.letters."""
        return letters(plain)

    @available
    def recogniser_version(self) -> str:
        """What DuckDB's variable of that name holds."""
        return str(self.driver.plugin.variables["recogniser_version"])

    @available
    def make_on_driver(self, node: dict[str, Any], code: str, vocabulary: str) -> str:
        """Run a node beside Spark: the Parquet that holds its rows. Raises DbtRuntimeError for what a user can mend."""
        try:
            return str(self.driver.make(node["schema"], node["alias"], node.get("language", "sql"), code, vocabulary))
        except UserError as error:
            raise DbtRuntimeError(str(error)) from error

    @available
    def ask_driver(self, query: str, vocabulary: str) -> list[Any]:
        """What a query of DuckDB's finds in what there is."""
        return self.driver.ask(query, vocabulary)

    @available
    def map_on_workers(self, node: dict[str, Any], code: str) -> str:
        """Have Spark's workers run a node: the temporary view of its rows."""
        from pyspark.sql import SparkSession

        session = SparkSession.builder.getOrCreate()
        names: dict[str, Any] = {}
        exec(compile(code, node["alias"], "exec"), names)
        names["model"](names["dbtObj"](session.table), session).createOrReplaceTempView("node_rows")
        return "node_rows"

    @available
    def land_files(self, code: str, vocabulary: str) -> str:
        """Land every new file of the archive by the SQL of raw.events: the folder with a Parquet per file."""
        try:
            return str(self.driver.land(code, vocabulary))
        except UserError as error:
            raise DbtRuntimeError(str(error)) from error
