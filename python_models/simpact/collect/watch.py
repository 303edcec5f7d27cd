"""What time a stream did not show.

Two things are looked for. A server that is asked for events from a moment on and begins later has lost what lies between: it
says nothing of it (v1 clamps a cursor that is older than its memory). And seconds in which nothing happened, where a dozen
events were to be expected in each: order holds only per person, so a second is judged a minute after.
"""

from __future__ import annotations

from dataclasses import replace

from simpact.collect.ledger import Entry
from simpact.collect.place import Place

SECOND = 1_000_000
TOLERANCE_US = 10 * SECOND  # servers see an event at different moments
JUDGED_AFTER_S = 60
MISSED = 20  # events expected in a row of seconds that had none: by chance once in half a billion
REMEMBERED_S = 300  # seconds by which the expected rate is averaged
EARLIEST_US, AHEAD_US = 1_500_000_000 * SECOND, 60 * SECOND


def is_believable(time_us: int, latest_us: int) -> bool:
    """Is it a time that Bluesky has seen, and not one to come?"""
    return EARLIEST_US < time_us < latest_us


class Watch:
    """Told of every event, and judges from time to time. `place` is what it must remember when the process ends."""

    def __init__(self, place: Place) -> None:
        self.place = replace(place, counts=dict(place.counts))
        self._host = place.host
        self._before_us = self._asked_us = 0
        self._earliest_us: int | None = None
        self.latest_believed_us = 0  # set from the clock: a server's clock may be wrong

    def connected(self, host: str, asked_us: int) -> None:
        """A server was asked for what came since `asked_us` (0: for what comes now)."""
        self._host = host
        self._before_us, self._asked_us, self._earliest_us = self.place.time_us, asked_us, None

    def seen(self, time_us: int) -> bool:
        """An event of that moment has come. Not believed, it counts for nothing: we must not ask for the future next time."""
        if not is_believable(time_us, self.latest_believed_us):
            return False
        place = self.place
        if self._earliest_us is None or time_us < self._earliest_us:
            self._earliest_us = time_us
        if time_us > place.time_us:
            place.time_us, place.host = time_us, self._host
        second = time_us // SECOND
        if second > place.settled:
            place.counts[second] = place.counts.get(second, 0) + 1
        return True

    def judge(self) -> list[Entry]:
        """What is now known to be missing."""
        found = list(self._beginning())
        newest = self.place.time_us // SECOND
        return found + self._settle(newest - JUDGED_AFTER_S)

    def _beginning(self) -> list[Entry]:
        """Did the server begin where it was asked to? Judged once, by the earliest event until now."""
        earliest, before, asked = self._earliest_us, self._before_us, self._asked_us
        if earliest is None or not asked:
            return []
        self._asked_us = 0
        if earliest < asked - TOLERANCE_US:
            return [Entry("rewound", self._host, start_us=earliest, end_us=asked)]
        if earliest <= before + TOLERANCE_US:
            return []
        found = self._settle(before // SECOND)
        missed = round(self.place.rate * (earliest - before) / SECOND) or None
        first = earliest // SECOND
        self.place.settled = max(self.place.settled, first - 1)
        return [*found, Entry("gap", self._host, start_us=before, end_us=earliest, n_events=missed, reason="clamped")]

    def _settle(self, last: int) -> list[Entry]:
        """Judge the seconds up to `last`, and the time without any before each."""
        place = self.place
        found = []
        for second in sorted(second for second in place.counts if second <= last):
            count = place.counts.pop(second)
            quiet = second - place.settled - 1 if place.settled else 0
            if (missed := round(quiet * place.rate)) >= MISSED:
                start, end = (place.settled + 1) * SECOND, second * SECOND
                found.append(Entry("gap", self._host, start_us=start, end_us=end, n_events=missed, reason="silent"))
                quiet = 0
            seconds = quiet + 1  # a stream of few events has seconds without one
            place.averaged_s = min(place.averaged_s + seconds, max(seconds, REMEMBERED_S))
            place.rate += (count / seconds - place.rate) * seconds / place.averaged_s
            place.settled = second
        return found
