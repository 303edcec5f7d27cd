"""What dbt-duckdb needs of us at its connection: the folder of the warehouse, and the archive as a table."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from simpact.archive import read_lines
from simpact.relations import rows_if_built


class NewLines:
    """The lines of the files that `raw.files` calls new and that have not landed since; read whenever DuckDB scans it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A fresh stream of `simpact.archive.LINES` batches (the Arrow PyCapsule interface)."""
        return read_lines(self._files()).__arrow_c_stream__(requested_schema)

    def _files(self) -> Iterator[tuple[int, str, int]]:
        """Asked only when the first line is wanted: every cursor opens a stream to learn its schema."""
        cursor = self.connection.cursor()
        landed = {number for (number,) in rows_if_built(cursor, "select distinct file_number from raw.events")}
        new_files = "select number, path, size_bytes from raw.files where is_new order by number"
        for number, path, size in rows_if_built(cursor, new_files):
            if number not in landed:
                yield number, path, size


class Plugin(BasePlugin):
    """Loaded by profiles.yml."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Create the folder of the database. Raises DbtRuntimeError when that cannot be done."""
        assert self.creds is not None
        home = Path(self.creds.path).parent
        if os.environ.get("SIMPACT_HOME") == "" and home == Path("/"):
            raise DbtRuntimeError("SIMPACT_HOME is empty: set it to the folder of the databases.")
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DbtRuntimeError(f"SIMPACT_HOME cannot be used: '{home}' ({error.strerror}).") from error

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Remember the connection that the cursors are made from."""
        self.connection = conn
        digest = hashlib.sha256()
        for path in sorted(Path("macros").rglob("*.sql")):  # dbt runs in the folder of the project
            digest.update(path.read_bytes())
        self.macros_sha256 = digest.hexdigest()

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give the cursor the table `archive_lines` and the variable `macros_sha256`."""
        cursor.register("archive_lines", NewLines(self.connection))
        cursor.execute(f"set variable macros_sha256 = '{self.macros_sha256}'")
