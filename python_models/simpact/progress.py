"""Progress of what takes long: a bar on a terminal, and elsewhere a line a minute, so that hours are not silent in a log."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

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


def progress(total: int, desc: str, unit: str, is_quiet: bool = False, **shown: Any) -> tqdm[Any]:
    """A bar of tqdm on standard error, or lines where that is no terminal; `shown` goes to tqdm."""
    how = BAR if sys.stderr.isatty() else {**LINES, "file": _LineByLine()}
    return tqdm(total=total, desc=desc, unit=unit, disable=is_quiet, **{**how, **shown})
