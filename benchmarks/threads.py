"""How fast an archive becomes threads, and with how much memory: `make bench`, or with other sizes as arguments.

For every size a synthetic archive is written once (SIMPACT_BENCH, default benchmarks/data) and built from files to
private.thread_messages, without tests. Then a hundredth more events of the same world arrive and are folded in. Beside it the
floor: DuckDB reading the same files with explicit columns and nothing else. Peak memory is the operating system's count.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
from archives import archive_of
from builds import MEMORY, THREADS, build

COLUMNS = "{did: 'VARCHAR', time_us: 'BIGINT', kind: 'VARCHAR', commit: 'JSON', account: 'JSON', identity: 'JSON'}"


def seconds(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    started = time.perf_counter()
    connection.execute(sql).fetchall()
    return time.perf_counter() - started


def floor(archive: str) -> float:
    with duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY}) as connection:
        source = f"read_json('{archive}', format = 'newline_delimited', ignore_errors = true, columns = {COLUMNS})"
        return seconds(connection, f"select count(did), count(time_us), count(kind), count(commit) from {source}")


def read_messages(home: Path) -> float:
    with duckdb.connect(
        str(home / "simpact_private.duckdb"), config={"threads": THREADS, "memory_limit": MEMORY}
    ) as connection:
        return seconds(connection, "select count(*), sum(length(message_text)), sum(sent_us) from private.thread_messages")


HEADINGS = (
    "events", "build s", "process s", "events/s", "growth", "peak GiB", "floor s", "all messages s", "+1 % build s",
    "process s", "share",
)  # fmt: skip


def measure(events: int, before: float | None) -> tuple[list[str], float]:
    """The row of one size, and its seconds per event."""
    folder = archive_of(events)
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    full = build(home, f"{folder}/whole/**")
    messages_s = read_messages(home)
    more = build(home, f"{folder}/whole/**,{folder}/more/**")
    shutil.rmtree(home)
    per_event = full.build_s / events
    return [
        f"{events:,}",
        f"{full.build_s:.1f}",
        f"{full.wall_s:.1f}",
        f"{events / full.build_s:,.0f}",
        "" if before is None else f"{per_event / before:.2f}",
        f"{full.peak_gib:.1f}",
        f"{floor(f'{folder}/whole/*/*.zst'):.1f}",
        f"{messages_s:.1f}",
        f"{more.build_s:.1f}",
        f"{more.wall_s:.1f}",
        f"{more.build_s / full.build_s:.2f}",
    ], per_event


def main(sizes: list[int]) -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(f"{date.today()}, {machine}; DuckDB {duckdb.__version__}, {THREADS} threads, {MEMORY}")
    print(f"\n| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|")
    per_event: float | None = None
    for events in sizes:
        row, per_event = measure(events, per_event)
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main([int(size.replace("_", "")) for size in sys.argv[1:]] or [100_000, 1_000_000, 10_000_000])
