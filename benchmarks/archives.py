"""Archives of any size, written once to SIMPACT_BENCH (default benchmarks/data)."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from simpact.compression import zstd
from simpact.sample.writer import write_sample

DATA = Path(os.environ.get("SIMPACT_BENCH", Path(__file__).parent / "data"))
WORLD = 1_000_000  # events, which the generator makes in half a minute

DID = re.compile(rb"did:plc:...")
DIGITS = b"abcdefghijklmnopqrstuvwxyz234567"


def archive_of(events: int) -> Path:
    """`whole/` has the first `events` lines, `more/` the hundredth that comes later."""
    folder = DATA / str(events)
    if not (folder / "more").exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_sample(events + events // 100, 1, folder / "sample", is_quiet=False)
        (folder / "sample/archive").rename(folder / "whole")
        last = sorted((folder / "whole").rglob("*.zst"))[-1]
        lines = zstd.decompress(last.read_bytes()).splitlines(keepends=True)
        (folder / "more").mkdir()
        (folder / "more/more.ndjson.zst").write_bytes(zstd.compress(b"".join(lines[-(events // 100) :])))
        last.write_bytes(zstd.compress(b"".join(lines[: -(events // 100)])))
    return folder


def worlds(number: int) -> Path:
    """So many worlds of WORLD events side by side in the same four weeks: in `whole/` the same events, each by other people."""
    folder = DATA / f"{number}_worlds"
    unfinished = folder / "unfinished"
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        one = archive_of(WORLD) / "whole"
        for day in sorted(one.rglob("*.zst")):
            lines = zstd.decompress(day.read_bytes())
            to = unfinished / day.relative_to(one)
            to.parent.mkdir(parents=True, exist_ok=True)
            with to.open("wb") as file:
                for world in range(number):
                    person = b"did:plc:" + bytes(DIGITS[world >> shift & 31] for shift in (10, 5, 0))
                    file.write(zstd.compress(DID.sub(person, lines)))
        unfinished.rename(folder / "whole")
    return folder
