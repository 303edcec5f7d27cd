"""The ledger beside an archive: what time its files cover, what time nobody saw, and which servers were asked.

JSON lines that are only ever added to. The warehouse stages them (`raw.ledger`).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["file", "gap", "rewound", "connected", "disconnected", "trouble"]


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    `start_us` to `end_us` is time of events, in microseconds: what a `file` covers, what a `gap` misses, from where to where a
    server went back (`rewound`). `n_events` are those of a file, and those one would have expected in a gap, where that is
    known. `reason` says why. `at_us` is when the entry was made.
    """

    kind: Kind
    host: str | None = None
    start_us: int | None = None
    end_us: int | None = None
    n_events: int | None = None
    reason: str | None = None
    file: str | None = None
    at_us: int = field(default_factory=now_us)

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6 if self.start_us is not None and self.end_us is not None else 0.0


class Ledger:
    """A file of entries. What a killed process has left of a line is cut off: the entry will be made again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        content = path.read_bytes()
        os.ftruncate(self._file, content.rfind(b"\n") + 1)

    def newest_event(self) -> tuple[int, str | None]:
        """Time of the newest event in a file, and the server it came from; 0 where there is none."""
        entries = (json.loads(line) for line in self._path.read_bytes().splitlines() if b'"file"' in line)
        files = ((entry["end_us"], entry.get("host")) for entry in entries if "end_us" in entry)
        return max(files, key=lambda newest: newest[0], default=(0, None))

    def write(self, entries: Iterable[Entry]) -> None:
        """Add entries; they are on the disk when this returns."""
        lines = "".join(
            json.dumps({key: value for key, value in asdict(entry).items() if value is not None}) + "\n" for entry in entries
        )
        if lines:
            write_all(self._file, lines.encode())
            os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)


def write_all(descriptor: int, content: bytes) -> None:
    """`os.write` may write less than it is given."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
