"""Collect until somebody says that it is enough."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType

from simpact.collect.collector import Settings, collect
from simpact.collect.status import Status


def collect_until_stopped(settings: Settings) -> None:
    """Collect until Ctrl-C or a request to end; a second one does not wait until what came is written."""
    stop = Event()

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        collect(settings, stop, Status())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
