"""What dbt-duckdb needs of us at its connection: the folder of the warehouse, the archive as a table, the key as a function."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger
from dbt_common.events.base_types import EventMsg
from dbt_common.events.event_manager_client import add_callback_to_manager
from dbt_common.exceptions import DbtRuntimeError
from duckdb.func import SPECIAL

from simpact.archive import read_lines
from simpact.erasure.standing import erased_people, naming
from simpact.erasure.warehouse import is_to_be_rewritten, rewrite
from simpact.errors import UserError
from simpact.faults import as_sentence, what_lacks
from simpact.home import PRIVATE_FILE
from simpact.keys import read_key
from simpact.leftovers import clear_leftovers
from simpact.progress import STOPPED
from simpact.redaction.version import recogniser_version
from simpact.relations import rows_if_built
from simpact.release import SCHEMA_VERSION
from simpact.versions import check_versions


def source_commit(project: Path) -> str:
    """The commit that is checked out in a folder, or `unknown` where git does not tell."""
    git = project / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        if (git / reference).exists():
            return (git / reference).read_text().strip()
        packed = (line.partition(" ") for line in (git / "packed-refs").read_text().splitlines())
        return next((commit for commit, _, name in packed if name == reference), "unknown")
    except OSError:
        return "unknown"


def command(name: str) -> str:
    """How a script of this environment is called from here: by its name where the shell finds it, else by its path."""
    script = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    if found and Path(found).absolute() == script:
        return name
    return shlex.quote(str(script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script))


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
        if cursor.execute("select 1 from duckdb_views() where schema_name = 'raw' and view_name = 'events'").fetchall():
            raise UserError("This warehouse was built on Spark: what is new lands with dbt build --target spark.")
        landed = {number for (number,) in rows_if_built(cursor, "select distinct file_number from raw.events")}
        new_files = "select number, path, size_bytes from raw.files where is_new order by number"
        for number, path, size in rows_if_built(cursor, new_files):
            if number not in landed:
                yield number, path, size


def stop_nodes(event: EventMsg) -> None:
    """When dbt takes back what runs, as on Ctrl-C, what shows progress ends with its next step."""
    if event.info.name == "LogCancelLine":
        STOPPED.set()


class Plugin(BasePlugin):
    """Loaded by profiles.yml; on the target `spark` by simpact.spark."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read the key and create the folder of the database. Raises DbtRuntimeError when that cannot be done."""
        assert self.creds is not None
        STOPPED.clear()
        add_callback_to_manager(stop_nodes)
        home = self.home = Path(self.creds.path).parent
        if os.environ.get("SIMPACT_HOME") == "" and home == Path("/"):
            raise DbtRuntimeError("SIMPACT_HOME is empty: set it to the folder of the databases.")
        if self.creds.database != Path(PRIVATE_FILE).stem:  # dbt-duckdb reads a path as a URL
            raise DbtRuntimeError(f"SIMPACT_HOME cannot be used: '{home}' has a # or a ? in its name.")
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DbtRuntimeError(f"SIMPACT_HOME cannot be used: '{home}' ({error.strerror}).") from error
        try:
            self.key = read_key(os.environ, plugin_config.get("is_key_required", False))
        except UserError as error:
            raise DbtRuntimeError(str(error)) from error

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Open the database, so that dbt's own connection finds it open; before, finish what a killed erasure has begun.

        Raises DbtRuntimeError when that cannot be done.
        """
        try:
            self.opened = duckdb.connect(creds.path, config=config)
            if is_to_be_rewritten(self.opened):
                AdapterLogger("simpact").info(
                    "An erasure was killed: the private database is written anew, without the person."
                )
                rewrite(self.opened, Path(creds.path))
                self.opened.close()
                self.opened = duckdb.connect(creds.path, config=config)
        except (OSError, duckdb.Error) as error:
            raise DbtRuntimeError(as_sentence(error, self.home)) from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Remember the connection that the cursors are made from, and clear away what a killed build has left.

        Raises DbtRuntimeError for another version's database, or one that cannot be written.
        """
        self.connection = conn
        try:
            self.opened.close()
            clear_leftovers(self.home)
            check_versions(conn, AdapterLogger("simpact").info)
        except UserError as error:
            raise DbtRuntimeError(str(error)) from error
        except (OSError, duckdb.Error) as error:
            raise DbtRuntimeError(as_sentence(error, self.home)) from None
        digest = hashlib.sha256()
        for path in sorted(Path("macros").rglob("*.sql")):  # dbt runs in the folder of the project
            digest.update(path.read_bytes())
        erased = erased_people(self.home)
        at_home = "" if self.home == Path() else f"{self.home}/"
        self.variables: dict[str, str | list[str] | None] = {
            "macros_sha256": digest.hexdigest(),
            "recogniser_version": recogniser_version(),
            "simpact_version": version("simpact"),
            "release_schema_version": SCHEMA_VERSION,
            "source_commit": source_commit(Path()),
            "at_home": at_home,
            "globbed_home": glob.escape(at_home),
            "simpact_command": command("simpact"),
            "uri_salt": secrets.token_hex(),
            "erased_people": naming([person.did for person in erased]),
            "erased_names": [name for person in erased for name in person.names],
        }
        # A function and not a value: no SQL text, plan or compiled file ever holds the key.
        conn.create_function("keyed", self.key, ["VARCHAR"], "VARCHAR")
        conn.create_function("what_lacks", self._what_lacks, ["VARCHAR"], "VARCHAR", null_handling=SPECIAL)

    def _what_lacks(self, words: str) -> str | None:
        return what_lacks(words, self.home)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give the cursor the table `archive_lines` and the variables that say what code a build depends on."""
        cursor.register("archive_lines", NewLines(self.connection))
        for name, value in self.variables.items():
            cursor.execute(f"set variable {name} = ?", [value])
