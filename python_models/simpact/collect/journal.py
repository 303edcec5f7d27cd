"""The files of the archive. What is kept is on the disk, and what a build can see is whole.

Lines are written as zstd frames to a file in the hidden folder, which readers of archives pass over. Each frame ends with a
line and has a checksum; it is on the disk (fsync) before the cursor moves. After an hour, or when it is large, the file gets
its place in the archive by a rename. A process that is killed leaves a hidden file whose last frame may be torn: the next
start cuts that off and puts the rest in place.
"""

from __future__ import annotations

import mmap
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simpact.collect.ledger import Entry, now_us, write_all
from simpact.collect.place import sync_folder
from simpact.collect.watch import AHEAD_US, is_believable
from simpact.compression import zstd

SUFFIX = ".ndjson.zst"
FULL_FRAME = 4 << 20  # bytes of lines that wait for a frame
_OPTIONS = {int(zstd.CompressionParameter.compression_level): 3, int(zstd.CompressionParameter.checksum_flag): 1}
_TIME = re.compile(rb'"time_us"\s*:\s*(\d{1,18})\b')


@dataclass
class Extent:
    """What a file holds: lines, and the times of its events."""

    n_lines: int = 0
    start_us: int | None = None
    end_us: int | None = None

    def add(self, time_us: int) -> None:
        self.n_lines += 1
        if time_us:
            self.start_us = time_us if self.start_us is None else min(self.start_us, time_us)
            self.end_us = time_us if self.end_us is None else max(self.end_us, time_us)


class Journal:
    """The file that is being written. `announce` is given the entry of the ledger for each file before it appears."""

    def __init__(self, folder: Path, hidden: Path, announce: Callable[[Entry], None]) -> None:
        self._folder, self._hidden, self._announce = folder, hidden, announce
        self._lines: list[bytes] = []
        self._waiting = 0
        self._part: Path | None = None
        self._descriptor = -1
        self._host: str | None = None
        self.extent = Extent()
        self.size_bytes = 0  # of this file, on the disk
        self.opened_s = 0.0
        for part in sorted(hidden.glob(f"*{SUFFIX}.part")):
            self._salvage(part)

    @property
    def is_full_frame(self) -> bool:
        return self._waiting >= FULL_FRAME

    def add(self, line: bytes, time_us: int) -> None:
        """Take a line; it is in memory only, until `sync`."""
        self._lines.append(line)
        self._waiting += len(line) + 1
        self.extent.add(time_us)

    def sync(self, host: str | None) -> None:
        """All lines until now are on the disk when this returns. Raises OSError when they cannot be, as on a full disk."""
        if not self._lines:
            return
        self._host = host
        if self._part is None:
            self._open()
        self._lines.append(b"")
        frame = zstd.compress(b"\n".join(self._lines), options=_OPTIONS)
        try:
            write_all(self._descriptor, frame)
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size_bytes)
            raise
        self.size_bytes += len(frame)
        self._lines, self._waiting = [], 0

    def publish(self) -> None:
        """Put the file in its place. Call `sync` before."""
        if self._part is None:
            return
        os.close(self._descriptor)
        self._put_in_place(self._part, self.extent, self._host)
        self._part, self.extent, self.size_bytes = None, Extent(), 0

    def _open(self) -> None:
        self.opened_s = time.time()
        name = time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime(self.opened_s))
        self._part = self._hidden / f"{name}{SUFFIX}.part"
        self._descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        sync_folder(self._hidden)

    def _put_in_place(self, part: Path, extent: Extent, host: str | None) -> None:
        day, _, clock = part.name.removesuffix(f"{SUFFIX}.part").partition("_")
        (self._folder / day).mkdir(exist_ok=True)
        path = self._folder / day / f"{clock}{SUFFIX}"
        number = 2
        while path.exists():  # clocks go back, and files can be short
            path, number = path.with_name(f"{clock}_{number}{SUFFIX}"), number + 1
        file = path.relative_to(self._folder).as_posix()
        self._announce(Entry("file", host, extent.start_us, extent.end_us, extent.n_lines, file=file))
        part.rename(path)
        for folder in (path.parent, self._folder, self._hidden):
            sync_folder(folder)

    def _salvage(self, part: Path) -> None:
        extent, end = Extent(), 0
        with part.open("r+b") as stream:
            for content, size in _whole_frames(stream.fileno()):
                for line in content.splitlines():
                    found = _TIME.search(line)
                    time_us = int(found[1]) if found else 0
                    extent.add(time_us if is_believable(time_us, now_us() + AHEAD_US) else 0)
                end += size
            stream.truncate(end)
            os.fsync(stream.fileno())
        if end:
            self._put_in_place(part, extent, None)
        else:
            part.unlink()


def _whole_frames(descriptor: int) -> Iterator[tuple[bytes, int]]:
    """The content of each frame, and its size on the disk, until the first that is torn."""
    if not os.fstat(descriptor).st_size:
        return
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
        position = 0
        while position < len(view):
            try:
                with view[position:] as rest:
                    size = zstd.get_frame_size(rest)
                with view[position : position + size] as frame:
                    content = zstd.decompress(frame)
            except zstd.ZstdError:
                return
            yield content, size
            position += size
