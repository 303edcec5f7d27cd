"""Where up to the stream has been kept: a file that is replaced as a whole, after what it speaks of is on the disk."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simpact.errors import UserError


@dataclass
class Place:
    """`time_us` of the newest event that is kept (0: none yet), the server it came from, and what `Watch` has counted.

    `settled` is the last second with an event that has been judged, `counts` has the events of each later one, and `rate` were
    to be expected in a second, as an average of `averaged_s` seconds.
    """

    time_us: int = 0
    host: str | None = None
    settled: int = 0
    rate: float = 0.0
    averaged_s: int = 0
    counts: dict[int, int] = field(default_factory=dict)


def read_place(path: Path) -> Place:
    """The place that was kept last, or the beginning. Raises UserError when the file is not one of ours."""
    try:
        kept = json.loads(path.read_text())
        place = Place(**kept)
        place.counts = {int(second): int(count) for second, count in place.counts.items()}
        place.time_us = int(place.time_us)
    except FileNotFoundError:
        return Place()
    except (ValueError, TypeError, AttributeError):
        raise UserError(
            f"'{path}' is no cursor of simpact collect: move it away, and the ledger beside it says from where to go on."
        ) from None
    return place


def keep_place(path: Path, place: Place) -> None:
    """Replace the file; the old one is there until the new one is on the disk."""
    beside = path.with_name(f"{path.name}.next")
    with beside.open("w") as stream:
        json.dump(asdict(place), stream)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Names are on the disk when their folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
