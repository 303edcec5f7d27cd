"""A small warehouse of threads for faults to befall, held against the oracle; and what befalls it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

from hostile import hostile_lines
from oracle import Settings, fold
from warehouse import read_coverage, read_rejects, read_threads, run_dbt

NO_TESTS = ("--exclude-resource-type", "test", "unit_test")
THREADS = ("--selector", "threads", *NO_TESTS)
ODD = "o d'd \"ü😀 %s {x} {{y}} [1] *"
LANDING = ("--select", "files", "events", *NO_TESTS)


@cache
def some_lines(seed: str, count: int = 1000) -> list[bytes]:
    return hostile_lines(random.Random(seed))[:count]


class Folded:
    """An archive and the warehouse that is built from it."""

    def __init__(self, folder: Path) -> None:
        self.archive, self.home = folder / "archive", folder / "home"
        self.archive.mkdir(parents=True)
        self.files: dict[str, list[bytes]] = {}

    def write(self, name: str, lines: list[bytes]) -> None:
        self.files[name] = lines
        (self.archive / name).write_bytes(b"".join(line + b"\n" for line in lines))

    def build(self, *arguments: str, **environment: str | None) -> CompletedProcess[str]:
        """A build on a machine that is a day ahead for half of the day."""
        return run_dbt("build", *arguments, home=self.home, archive=str(self.archive), TZ="Pacific/Apia", **environment)

    def ask(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "simpact_private.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def check(self) -> None:
        """Build, and find the tables that a build without faults would have made."""
        result = self.build(*THREADS)
        assert result.returncode == 0, result.stdout + result.stderr
        expected = fold(self.files, Settings())
        with duckdb.connect(str(self.home / "simpact_private.duckdb"), read_only=True) as connection:
            assert expected.threads and read_threads(connection) == expected.threads
            assert +read_coverage(connection) == expected.coverage
            assert {line.file for line in read_rejects(connection)} <= set(self.files)
        assert sorted(path.name for path in self.home.iterdir()) == ["logs", "simpact_private.duckdb", "target"]


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Another process has a database open to write, as a build has; gives its id."""
    code = "import duckdb, sys, time; held = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


class Disk:
    """A disk of its own, of a few megabytes, which can be full or read-only for root too."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.is_mounted = self._may("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", str(folder))

    def leave(self, free_bytes: int) -> None:
        """Fill it but for so many bytes."""
        space = os.statvfs(self.folder)
        (self.folder / "filler").write_bytes(b"x" * (space.f_bavail * space.f_frsize - free_bytes))

    def make_room(self) -> None:
        (self.folder / "filler").unlink()

    def make_read_only(self) -> None:
        assert self._may("mount", "-o", "remount,ro", str(self.folder))

    def unmount(self) -> None:
        if self.is_mounted:
            self._may("umount", "--lazy", str(self.folder))  # a database of this process may still be open

    def _may(self, *command: str) -> bool:
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        try:
            return subprocess.run([*as_root, *command], capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            return False


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 16 MB, where one may be mounted: by root, or by sudo as on the machines of CI."""
    made = Disk(tmp_path / "disk", 16)
    if not made.is_mounted:
        pytest.skip("no disk can be mounted here")
    yield made
    made.unmount()
