"""How it goes, in a line: on a terminal one that stays in its place, elsewhere one a minute."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from tqdm import tqdm

from simpact.collect.ledger import now_us

PLAIN_EVERY_S = 60.0
SMOOTHED_S = 10.0


class Status:
    """Counts what comes; `show` says it, no more often than is of use."""

    def __init__(self, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._bar = tqdm(bar_format="{desc}", file=stream, disable=not self._is_terminal, leave=False)
        self._shown = self._measured = time.monotonic()
        self._counted = 0
        self._rate: float | None = None
        self.n_events = 0
        self.size_bytes = 0
        self.gap_s = 0.0
        self.newest_us = 0
        self.host = ""

    def show(self) -> None:
        now = time.monotonic()
        if now - self._measured >= 1.0:
            rate = (self.n_events - self._counted) / (now - self._measured)
            weight = min(1.0, (now - self._measured) / SMOOTHED_S)
            self._rate = rate if self._rate is None else self._rate + (rate - self._rate) * weight
            self._measured, self._counted = now, self.n_events
            self._bar.set_description_str(self.line())
        if not self._is_terminal and now - self._shown >= PLAIN_EVERY_S:
            self._shown = now
            self.say(self.line())

    def line(self) -> str:
        lag = f"{max(0.0, (now_us() - self.newest_us) / 1e6):,.1f} s" if self.newest_us else "-"
        return (
            f"{self.host.rpartition('/')[2]}: {self._rate or 0:,.0f} events/s, lag {lag}, gap {self.gap_s:,.0f} s, "
            f"{self.n_events:,} events, {self.size_bytes / 1e6:,.1f} MB"
        )

    def say(self, words: str) -> None:
        """A line that stays."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        tqdm.write(f"simpact: {moment} {words}", file=self._stream)
        self._stream.flush()

    def close(self) -> None:
        self._bar.close()
