"""dbt commands as forks of a process that has imported dbt and parsed the project, which takes longer than most builds here.

Each command is a process of its own, which can be killed, and in it is dbt's own command line with the given environment.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

from simpact.redaction.lean import lean_import

# What several commands import. sentence_transformers is not among them: 13 s, and few commands embed.
IMPORTED = (
    "dbt.task.build",
    "dbt.adapters.duckdb.impl",
    "agate",
    "daff",
    "fsspec",
    "pandas",
    "great_expectations",
    "sklearn.metrics",
)


DBT = str(Path(sys.executable).with_name("dbt"))


class Command(NamedTuple):
    """What to run, where, in which environment, and under which of its options the project is parsed, if not under all."""

    arguments: list[str]
    folder: Path
    environment: dict[str, str]
    parsed_under: tuple[str, ...] = ("--target", "--vars")


class WarmDbt:
    """The process that is forked; it starts with the first command and runs one at a time."""

    def __init__(self) -> None:
        self.output: TemporaryDirectory[str] | None = None

    def start(self, command: Command) -> None:
        if self.output is None:
            self.output = TemporaryDirectory()
            self.ours, theirs = get_context("spawn").Pipe()
            self.process = get_context("spawn").Process(target=serve, args=(theirs, Path(self.output.name)))
            self.process.start()
            theirs.close()
        for name in ("stdout", "stderr"):
            (Path(self.output.name) / name).write_text("")
        self.ours.send(command)
        self.running: int = self.ours.recv()

    def said(self) -> tuple[str, str]:
        """What the command has written to stdout and stderr until now."""
        assert self.output is not None
        stdout, stderr = ((Path(self.output.name) / name).read_text() for name in ("stdout", "stderr"))
        return stdout, stderr

    def wait(self) -> CompletedProcess[str]:
        """The command that was started, when it has ended."""
        return CompletedProcess("dbt", self.ours.recv(), *self.said())

    def kill_when_it_says(self, pattern: str) -> None:
        """Kill the command that was started, without warning."""
        self.kill_when(lambda: re.search(pattern, self.said()[0]) is not None)

    def kill_when(self, is_time: Callable[[], bool]) -> None:
        """Kill the command that was started, without warning, as soon as something is so."""
        while not is_time():
            assert not self.ours.poll(0.01), self.said()
        os.kill(self.running, signal.SIGKILL)
        assert self.wait().returncode == -signal.SIGKILL

    def stop(self) -> None:
        if self.output is not None:
            self.ours.close()
            self.process.join()
            self.output.cleanup()


def serve(requests: Connection, output: Path) -> None:
    """Fork a process for each Command: the first answer is its id, the second its exit code."""
    for module in IMPORTED:
        importlib.import_module(module)
    with lean_import():
        importlib.import_module("simpact.redaction.analyzer")
    from dbt_common.tests import enable_test_caching

    enable_test_caching()  # of what Jinja makes of a text
    manifests: dict[tuple[str, ...], Any] = {}
    while True:
        try:
            command = requests.recv()
        except EOFError:
            return
        os.chdir(command.folder)
        manifest = parse(command, manifests, output)
        gc.freeze()  # so that no collection in the fork copies the pages of all that is here
        process = os.fork()
        if not process:
            requests.close()
            run(command, manifest, output)
        requests.send(process)
        requests.send(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def parse(command: Command, manifests: dict[tuple[str, ...], Any], output: Path) -> Any:
    """The project under the settings of a command; none when it cannot be parsed: to say why is for the command itself."""
    from dbt.cli.main import dbtRunner

    given = command.arguments
    settings = tuple(word for name in command.parsed_under if name in given for word in (name, given[given.index(name) + 1]))
    if settings not in manifests:
        set_environment(command.environment | {"SIMPACT_HOME": str(output)})
        options = ["--no-partial-parse", "--no-write-json", "--target-path", str(output / "target"), *settings]
        gc.disable()  # there is little garbage, and a fifth of the time would go into looking for it
        with unchecked() if manifests else nullcontext():
            manifests[settings] = dbtRunner().invoke(["--quiet", "parse", *options, "--log-path", str(output / "logs")]).result
        gc.enable()
        without_comments(manifests[settings])
    return manifests[settings]


def without_comments(manifest: Any) -> None:
    """What tables say of themselves takes a fifth of a build, and is looked at in the sample, which is built cold."""
    for node in manifest.nodes.values() if manifest is not None else ():
        node.config.persist_docs = {}


def unchecked() -> AbstractContextManager[object]:
    """The shape of every node is checked by the first parse, and not again by the others: a third of their time."""
    from dbt_common.dataclass_schema import dbtClassMixin

    return patch.object(dbtClassMixin, "validate", lambda *_: None)


def run(command: Command, manifest: Any, output: Path) -> None:
    """Become the command: this ends as the command line does, by SystemExit."""
    from dbt.cli.main import cli

    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(output / name, os.O_WRONLY | os.O_APPEND), descriptor)
    if manifest is None:  # dbt's parser has threads of its own, which a fork is without
        os.execve(DBT, ["dbt", *command.arguments], command.environment)
    set_environment(command.environment)
    sys.argv = ["dbt", *command.arguments]
    cli(command.arguments, obj={"manifest": manifest})


def set_environment(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
