"""One build, and what it costs by the operating system's count: dbt's process and all that it starts, such as Spark's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[1]
THREADS, MEMORY = os.environ.get("SIMPACT_THREADS", "2"), os.environ.get("SIMPACT_MEMORY", "4GB")
SCRATCH = ("simpact_private.duckdb.tmp", "simpact_spark/tmp")  # where the engines spill and shuffle
THREADS_PART = ("--selector", "threads")


class Run(NamedTuple):
    """Seconds by the clock, seconds that dbt reports for the build itself, and what else the build took."""

    wall_s: float
    build_s: float
    cpu_s: float
    peak_gib: float
    scratch_gib: float
    seconds_of: dict[str, float]  # of each model, by the clock

    def slowest(self, n: int) -> str:
        names = sorted(self.seconds_of, key=self.seconds_of.__getitem__, reverse=True)[:n]
        return ", ".join(f"{name} {self.seconds_of[name]:.0f}" for name in names)


class Watch:
    """What a process and all that it starts take, looked at twice a second."""

    def __init__(self, pid: int, home: Path) -> None:
        self.process, self.home = psutil.Process(pid), home
        self.cpu_s: dict[int, float] = {}
        self.peak = self.peak_scratch = 0

    def look(self) -> None:
        resident = 0
        with suppress(psutil.NoSuchProcess):
            for process in (self.process, *self.process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    self.cpu_s[process.pid] = times.user + times.system
                    resident += process.memory_info().rss
        self.peak = max(self.peak, resident)
        self.peak_scratch = max(self.peak_scratch, sum(size_on_disk(self.home / folder) for folder in SCRATCH))


@contextmanager
def watching(pid: int, home: Path) -> Iterator[Watch]:
    watch, has_ended = Watch(pid, home), Event()

    def keep_looking() -> None:
        while not has_ended.wait(0.5):
            watch.look()

    thread = Thread(target=keep_looking)
    thread.start()
    try:
        yield watch
    finally:
        has_ended.set()
        thread.join()


def size_on_disk(folder: Path) -> int:
    """Bytes, as `du` counts them."""
    found = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            found += path.lstat().st_blocks * 512
    return found


def build(home: Path, archive: str, selection: Sequence[str] = THREADS_PART, target: str = "local") -> Run:
    """`dbt build` of a part, without tests. Ends the benchmark where it fails."""
    command = [str(Path(sys.executable).with_name("dbt")), "build", *selection, "--target", target, "--quiet"]
    command += ["--exclude-resource-type", "test", "unit_test"]
    command += ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    environment = os.environ | {
        "SIMPACT_HOME": str(home), "SIMPACT_ARCHIVE": archive, "SIMPACT_THREADS": THREADS, "SIMPACT_MEMORY": MEMORY,
    }  # fmt: skip
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    with watching(process.pid, home) as watch:
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    if status:
        sys.exit(f"dbt build failed on {archive}; see {home}/logs")
    results = json.loads((home / "target/run_results.json").read_text())
    return Run(
        wall_s,
        results["elapsed_time"],
        sum(watch.cpu_s.values()),
        max(usage.ru_maxrss << 10, watch.peak) / 2**30,
        watch.peak_scratch / 2**30,
        {node["unique_id"].rsplit(".", 1)[-1]: node["execution_time"] for node in results["results"]},
    )
