"""The warehouse without dbt around it: the compiled SQL of every model, run in order in a database in memory.

A `dbt build` takes seconds; this takes a tenth of one, so that hundreds of hostile archives can be tried.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pyarrow as pa

from oracle import Line, Message, Thread
from simpact.archive import FILES, list_files
from simpact.dbt_plugin import NewLines
from warm_dbt import DBT, Command, WarmDbt

ROOT = Path(__file__).parents[2]
READ_WHAT_PYTHON_COMPUTES = (
    *("intermediate/attacks/", "intermediate/intake/", "intermediate/personas/", "intermediate/privacy/", "marts/release/"),
    *("marts/quality/cap_curve", "marts/quality/suppression", "intermediate/experiment/", "intermediate/prediction/"),
    "marts/experiment/",
    *("staging/collect/", "marts/quality/observed_time", "marts/quality/coverage_told", "marts/explore/persona"),
)
WARM = WarmDbt()
WRITTEN = ("--write-json", "--log-level-file", "debug")
KEY = "a key of the tests, of more than thirty-two bytes"


def dbt_command(arguments: Sequence[str], home: Path, archive: str | None, environment: Mapping[str, str | None]) -> Command:
    """One dbt command with its warehouse in `home`. An environment variable set to None is unset."""
    settings = {"SIMPACT_HOME": str(home), "SIMPACT_THREADS": "2", "SIMPACT_MEMORY": "1GB", "NO_COLOR": "1", "SIMPACT_KEY": KEY}
    settings |= {"SIMPACT_ARCHIVE": archive} | environment
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIMPACT_")}
    return Command(
        [*arguments, "--target-path", str(home / "target"), "--log-path", str(home / "logs")],
        ROOT,
        inherited | {name: value for name, value in settings.items() if value is not None},
    )


def run_dbt(*arguments: str, home: Path, archive: str | None = None, **environment: str | None) -> CompletedProcess[str]:
    """Run one dbt command."""
    WARM.start(dbt_command(unwritten(*arguments), home, archive, environment))
    return WARM.wait()


def run_dbt_as_parsed(
    *arguments: str, home: Path, archive: str | None = None, **environment: str | None
) -> CompletedProcess[str]:
    """Run one dbt command with the project as it was parsed without its `--vars`, which saves four seconds: for settings that
    only what runs looks at.
    """
    command = dbt_command(unwritten(*arguments), home, archive, environment)
    WARM.start(command._replace(parsed_under=("--target",)))
    return WARM.wait()


def unwritten(command: str, *options: str) -> list[str]:
    """A dbt command that is spared what nobody reads, for more than a second of CPU a build; who does gives WRITTEN."""
    spared = () if command in ("compile", "docs") else ("--no-write-json", "--log-level-file", "none")
    return [command, *spared, *options]


def run_dbt_cold(*arguments: str, home: Path, archive: str | None = None, **environment: str | None) -> CompletedProcess[str]:
    """Run one dbt command as a user does: with nothing imported and nothing parsed."""
    command = dbt_command(arguments, home, archive, environment)
    return subprocess.run(
        [DBT, *command.arguments], cwd=command.folder, env=command.environment, capture_output=True, text=True, check=False
    )


def kill_dbt(*arguments: str, at: str | Callable[[], bool], home: Path, archive: str | None = None) -> None:
    """Start one dbt command and kill it when it says what the pattern `at` finds, or when `at` is so."""
    WARM.start(dbt_command(unwritten(*arguments), home, archive, {}))
    WARM.kill_when_it_says(at) if isinstance(at, str) else WARM.kill_when(at)


class CompiledProject:
    """Every model of the project as SQL for an empty warehouse, under the settings given as dbt's `--vars`."""

    def __init__(self, home: Path, variables: dict | None = None) -> None:
        options = ["--vars", json.dumps(variables)] if variables else []
        models = ["--select", "resource_type:model", "--indirect-selection", "empty"]  # their tests take twice as long
        for command in (["seed"], ["compile", "--full-refresh", *models]):
            result = run_dbt(*command, *options, home=home)
            assert result.returncode == 0, result.stdout + result.stderr
        manifest = json.loads((home / "target/manifest.json").read_text())
        nodes = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["language"] == "sql"]
        nodes = [node for node in nodes if not node["path"].startswith(READ_WHAT_PYTHON_COMPUTES)]
        self.models = {node["unique_id"]: node for node in nodes}
        self.schemas = {node["schema"] for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")}
        hooks = (home / "target/compiled/simpact/./dbt_project.yml/hooks").glob("simpact-on-run-start-*.sql")
        self.vocabulary = "".join(path.read_text() for path in sorted(hooks))

    def only(self, *names: str) -> CompiledProject:
        """Without the models that none of these stands on."""
        wanted, kept = [f"model.simpact.{name}" for name in names], {}
        while wanted:
            name = wanted.pop()
            if name in self.models and name not in kept:
                kept[name] = self.models[name]
                wanted += kept[name]["depends_on"]["nodes"]
        assert len(kept) > len(names)
        self.models = kept
        return self

    def ordered(self) -> list[dict]:
        """The SQL models, each after those it reads."""
        done: list[str] = []
        while len(done) < len(self.models):
            for name, node in self.models.items():
                parents = [p for p in node["depends_on"]["nodes"] if p in self.models]
                if name not in done and all(parent in done for parent in parents):
                    done.append(name)
        return [self.models[name] for name in done]


class BuiltProject(CompiledProject):
    """The models that one model stands on, as they were compiled to build a warehouse from nothing, but for what is `given`."""

    def __init__(self, home: Path, last: str, given: Sequence[str]) -> None:
        manifest = json.loads((home / "target/manifest.json").read_text())
        nodes = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")}
        wanted, self.models = [f"model.simpact.{last}"], {}
        while wanted:
            name = wanted.pop()
            if (
                name in nodes
                and name not in self.models
                and nodes[name]["resource_type"] == "model"
                and nodes[name]["name"] != "files"
            ):
                self.models[name] = nodes[name]
                wanted += [] if nodes[name]["name"] in given else nodes[name]["depends_on"]["nodes"]
        self.schemas = {node["schema"] for node in nodes.values()}
        hooks = (home / "target/compiled/simpact/./dbt_project.yml/hooks").glob("simpact-on-run-start-*.sql")
        self.vocabulary = "".join(path.read_text() for path in sorted(hooks))


class Warehouse:
    """An archive folded by the compiled SQL of a project."""

    def __init__(self, project: CompiledProject, archive: Path) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set threads = 1; attach ':memory:' as simpact_private; use simpact_private")
        for schema in sorted(project.schemas):
            self.connection.execute(f"create schema if not exists {schema}")
        self.connection.execute(project.vocabulary)
        for seed in sorted((ROOT / "seeds").glob("*.csv")):
            self.connection.execute(f"create table seeds.{seed.stem} as from read_csv('{seed}', header = true)")
        files = list_files(str(archive / "**"), [])
        self.connection.register("found", pa.Table.from_pylist([vars(file) for file in files], schema=FILES))
        self.connection.execute("create table raw.files as from found")
        self.connection.register("archive_lines", NewLines(self))
        for node in project.ordered():
            if node["config"]["materialized"] != "table_function":
                self.make(node)

    def make(self, node: dict) -> None:
        """Make a model anew from its SQL."""
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        self.connection.execute(f"create or replace {kind} {node['schema']}.{node['alias']} as {node['compiled_code']}")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Another cursor on the same database, as dbt-duckdb would make one."""
        return self.connection.cursor().execute("use simpact_private")

    def query(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def coverage(self) -> Counter:
        return read_coverage(self.connection)

    def threads(self) -> dict[Line, Thread]:
        return read_threads(self.connection)

    def followed_up(self) -> dict[Line, tuple[str, str, str | None]]:
        return read_followed_up(self.connection)

    def rejects(self) -> dict[Line, str]:
        return read_rejects(self.connection)

    def in_scope(self) -> set[str]:
        return {did for (did,) in self.query("select user_did from private.int_users__in_scope")}


def read_coverage(connection: duckdb.DuckDBPyConnection) -> Counter:
    """quality.coverage as {(action type, outcome): count}."""
    rows = connection.execute("select action_type, outcome, n_events from quality.coverage").fetchall()
    return Counter({(action, outcome): count for action, outcome, count in rows})


def read_rejects(connection: duckdb.DuckDBPyConnection) -> dict[Line, str]:
    """The reason of every line that is no event, by file name and line number."""
    rows = connection.execute(
        "select parse_filename(file), line_number, reject_reason from raw.events where reject_reason is not null"
    ).fetchall()
    return {Line(file, number): reason for file, number, reason in rows}


def read_threads(connection: duckdb.DuckDBPyConnection) -> dict[Line, Thread]:
    """The threads, each by the file name and line number of the action that closes it."""
    rows = connection.execute("""
        select
            parse_filename(events.file), events.line_number, threads.context_method, threads.context_age_seconds,
            messages.message_index, messages.author_did, messages.message_text, messages.sent_us, messages.action_type,
            threads.message_count
        from private.threads as threads
        inner join raw.events as events on threads.thread_id = events.event_id
        inner join private.thread_messages as messages on threads.thread_id = messages.thread_id
        order by threads.thread_id, messages.message_index
    """).fetchall()
    threads: dict[Line, Thread] = {}
    for file, number, method, age, index, author, text, sent_us, action, count in rows:
        thread = threads.setdefault(Line(file, number), Thread([], method, age))
        assert index == len(thread.messages) < count
        thread.messages.append(Message(author, text, sent_us, action))
    return threads


def read_followed_up(connection: duckdb.DuckDBPyConnection) -> dict[Line, tuple[str, str, str | None]]:
    """Who has followed or blocked somebody after an engagement: with the post engaged with, and the latest one."""
    rows = connection.execute("""
        select parse_filename(events.file), events.line_number, events.did, engaged.uri, latest.uri
        from private.int_actions__engaged_posts as engaged_posts
        inner join raw.events as events on engaged_posts.action_id = events.event_id
        inner join staging.stg_bluesky__post_states as engaged on engaged_posts.engaged_post_id = engaged.post_id
        left join private.int_actions__latest_posts as latest_posts on engaged_posts.action_id = latest_posts.action_id
        left join staging.stg_bluesky__post_states as latest on latest_posts.answered_post_id = latest.post_id
    """).fetchall()
    return {Line(file, number): (did, engaged, latest) for file, number, did, engaged, latest in rows}
