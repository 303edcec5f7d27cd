"""A DuckDB on the machine that runs dbt, over the Parquet that Spark keeps: what one machine does runs there as it is."""

from __future__ import annotations

import glob
import hashlib
import shutil
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt_common.exceptions import DbtRuntimeError

from simpact.dbt_plugin import Plugin
from simpact.home import PRIVATE_FILE, SPARK_FOLDER, limits, quoted, spill_folder
from simpact.relations import tables
from simpact.spark.landing import Lander, land
from simpact.whole import whole


class Driver:
    """Nodes as dbt compiles them, in a private database that holds views of Spark's tables instead of tables. Archive, key and
    variables come from the same plugin as on DuckDB, so the key never leaves this process: Spark sees what was made with it.

    Whoever asks the warehouse finds everything under the names it has on DuckDB; while a build runs, nobody else gets in.
    """

    def __init__(self, home: Path, is_key_required: bool = False) -> None:
        """Raises DbtRuntimeError when another process or a warehouse of DuckDB's own has the private database, and when the key
        is too short, or missing though it is required.
        """
        credentials = DuckDBCredentials(path=str(home / PRIVATE_FILE), database="simpact_private", schema="main")
        self.plugin = Plugin("simpact", {"is_key_required": is_key_required}, credentials)
        config = limits(spill_folder(home))
        self.plugin.update_connection_config(credentials, config)
        self.connection = duckdb.connect(credentials.path, config=config)
        if "raw.events" in tables(self.connection):
            raise DbtRuntimeError(f"'{credentials.path}' was built without Spark: give Spark another SIMPACT_HOME.")
        self.plugin.configure_connection(self.connection)
        self.plugin.configure_cursor(self.connection)
        self.folder = (home / SPARK_FOLDER).resolve()  # as the machines of a cluster must find it
        self.tables, self.landed, self.landing, self.made = (
            self.folder / name for name in ("tables", "landed", "landing", "made")
        )
        self.folder.mkdir(exist_ok=True)
        self.seen: dict[str, int] = {}

    def schema_folder(self, schema: str) -> Path:
        """Where Spark keeps the tables of a schema."""
        return self.tables / f"{schema}.db"

    def make(self, schema: str, name: str, language: str, code: str, vocabulary: str) -> Path:
        """Run a node and write its rows to the Parquet that comes back."""
        self._look(vocabulary)
        if language == "python":
            self.connection.register("node_rows", self._rows(name, code))
            code = "from node_rows"
        self.made.mkdir(parents=True, exist_ok=True)
        path = self.made / f"{schema}.{name}.parquet"
        self._write(code, path)
        return path

    def ask(self, query: str, vocabulary: str) -> list[Any]:
        """What a query finds."""
        self._look(vocabulary)
        return self.connection.execute(query).fetchall()

    def columns(self, query: str) -> list[dict[str, str]]:
        """Names and types of what a query finds, in the order of the names."""
        columns = sorted((name, type_) for name, type_, *_ in self.connection.execute(f"describe {query}").fetchall())
        return [{"name": name, "data_type": type_, "formatted": f"{name} {type_}"} for name, type_ in columns]

    @staticmethod
    def parquet(folder: Path) -> str:
        """What to read in place of a table that Spark keeps in a folder."""
        return f"read_parquet('{quoted(Path(glob.escape(str(folder))))}/*.parquet')"

    def land(self, session: Any, code: str, vocabulary: str) -> Path:
        """Have Spark's workers land the archive by the SQL of raw.events: a folder with a Parquet per file, by number.

        A file lands once, until its content, the SQL, DuckDB (whose hashes the rows hold) or the list of who was erased is
        another; then all land anew. Raises UserError when one cannot be read or written: what had landed stays in its place.
        """
        self._look(vocabulary)
        erased = self.plugin.variables["erased_people"]
        assert not isinstance(erased, list)
        basis = f"{code} {vocabulary} {duckdb.__version__} {erased}"
        name = hashlib.sha256(basis.encode()).hexdigest()[:12]
        landed = self.landed / name
        folder = landed if landed.exists() else self.landing / name
        for needed in (self.landed, folder):
            needed.mkdir(parents=True, exist_ok=True)
        files = self.connection.execute("select number, path, size_bytes from raw.files order by size_bytes desc").fetchall()
        wanted = {f"{number}.parquet": (number, path, size) for number, path, size in files}
        there = {path.name for path in folder.iterdir()}
        land(session, Lander(code, vocabulary, erased, folder, [file for name, file in wanted.items() if name not in there]))
        for path in folder.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        folder.rename(landed)
        for other in (*self.landed.iterdir(), *self.landing.glob("*")):
            if other != landed:
                shutil.rmtree(other)
        self.seen.clear()
        return landed

    def _rows(self, name: str, code: str) -> Any:
        """What a Python node returns, read through a connection of its own while the rows are written through another."""
        session = self.connection.cursor()
        self.plugin.configure_cursor(session)
        node: dict[str, Any] = {}
        exec(compile(code, name, "exec"), node)
        rows = node["model"](node["dbtObj"](session.table), session)
        return rows.to_arrow_reader() if isinstance(rows, duckdb.DuckDBPyRelation) else rows

    def _write(self, query: str, path: Path) -> None:
        with whole(path) as beside:
            self.connection.execute(f"copy (\n{query}\n) to '{quoted(beside)}' (format parquet, compression zstd)")

    def _look(self, vocabulary: str) -> None:
        """A view for every table that Spark has made or made anew since the last look."""
        self.connection.execute(vocabulary)
        found = [path for path in self.tables.glob("*.db/*") if not path.name.endswith("__next")]
        made = {f"{path.parent.name.removesuffix('.db')}.{path.name}": path for path in found}
        for folder in self.landed.glob("*"):
            made["raw.events"] = folder
        own = tables(self.connection)  # seeds, and what other targets have made there, such as the experiment
        for name, path in made.items():
            changed = path.stat().st_mtime_ns
            if self.seen.get(name) != changed and any(path.glob("*.parquet")):
                if name in own:
                    self.connection.execute(f"drop table {name}")
                self.connection.execute(f"create schema if not exists {name.partition('.')[0]}")
                kind = "table" if name.startswith("seeds.") else "view"  # dbt seeds to no view, and the experiment has seeds
                self.connection.execute(f"create or replace {kind} {name} as from {self.parquet(path)}")
                self.seen[name] = changed
