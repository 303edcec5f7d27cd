"""Progress of what takes long: a bar on a terminal, and elsewhere a line a minute, so that hours are not silent in a log.

What shows progress can also be stopped: dbt takes back queries on Ctrl-C, and waits for Python nodes until they end.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from tqdm import tqdm

from simpact.errors import UserError

STOPPED = threading.Event()  # set when a build is broken off

BAR: dict[str, Any] = {"delay": 2}  # seconds until anything is shown
LINES: dict[str, Any] = {
    "delay": 60,
    "mininterval": 60,
    "miniters": 1,
    "leave": False,
    "bar_format": "{desc}: {n_fmt} of {total_fmt} {unit}s in {elapsed}, {remaining} to go",
}


class _LineByLine:
    """Standard error for a bar that must not draw over itself: what it writes becomes a line, and cursor movements nothing."""

    def write(self, text: str) -> None:
        if text.strip():
            sys.stderr.write(text.strip() + "\n")

    def flush(self) -> None:
        sys.stderr.flush()


class _Bar(tqdm):  # type: ignore[misc]
    def update(self, n: int = 1) -> None:
        if STOPPED.is_set():
            raise UserError("Stopped.")
        super().update(n)


def progress(total: int, desc: str, unit: str, is_quiet: bool = False, **shown: Any) -> _Bar:
    """A bar of tqdm on standard error, or lines where that is no terminal; `shown` goes to tqdm.

    Its `update` raises UserError when STOPPED is set.
    """
    how = BAR if sys.stderr.isatty() else {**LINES, "file": _LineByLine()}
    return _Bar(total=total, desc=desc, unit=unit, disable=is_quiet, **{**how, **shown})
