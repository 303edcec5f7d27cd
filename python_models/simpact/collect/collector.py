"""Collect: ask, keep, note what was missed, and ask again from where it was kept."""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag

from simpact.collect.decoding import Undecodable, decoder, fetched_dictionary, own_dictionary
from simpact.collect.hosts import Hosts
from simpact.collect.journal import Journal
from simpact.collect.ledger import Entry, Ledger, now_us
from simpact.collect.place import Place, keep_place, read_place, sync_folder
from simpact.collect.protocol import PROTOCOLS, Event
from simpact.collect.status import Status
from simpact.collect.stream import Ended, Refused, messages
from simpact.collect.watch import AHEAD_US, Watch
from simpact.compression import zstd
from simpact.errors import UserError

HIDDEN = ".collect"  # readers of archives pass over hidden folders
OVERLAP_US = 5_000_000  # asked for again after a break: delivery is at least once, and order is loose
SWITCH_OVERLAP_US = 120_000_000  # after a change of server: each has its own clock for an event
SYNC_S = 5.0  # what a killed process must be sent again; a file system call less often, and frames that compress
STEADY_S = 10.0  # a connection that lasts so long and brings something has worked
AHEAD = "time_ahead"  # what is said of an event that lies AHEAD_US and more in the future
NO_USE_IN_RETRYING = range(400, 500)


@dataclass(frozen=True)
class Settings:
    """What to collect, from where to where. `addresses` and `collections` as `hosts.addresses` and `collections.wanted` say."""

    folder: Path
    addresses: tuple[str, ...]
    collections: tuple[str, ...]
    protocol: str = "v1"
    dictionaries: Path | None = None  # folder with those that messages are compressed against
    minutes: float = 60.0
    megabytes: float = 256.0
    silence_s: float = 30.0
    sync_s: float = SYNC_S
    first_wait_s: float = 1.0


def collect(settings: Settings, stop: Flag, status: Status) -> None:
    """Collect until `stop` is set; then all that came is in files of the archive.

    Raises UserError when another process collects into the folder, or every server refuses what is asked; OSError when the
    folder cannot be written, or the disk takes no more. What was kept until then stays, and the next start goes on from there.
    """
    with _locked(settings.folder) as hidden:
        collector = _Collector(settings, hidden, stop, status)
        try:
            collector.run()
        finally:
            collector.ledger.close()
            status.close()


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """The hidden folder, for this process alone."""
    hidden = folder / HIDDEN
    made = [path for path in (hidden, *hidden.parents) if not path.exists()]
    hidden.mkdir(parents=True, exist_ok=True)
    for path in made:  # else a power cut may take the folder, and all that is said to be kept in it
        sync_folder(path.parent)
    lock = os.open(hidden / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield hidden
    except BlockingIOError:
        raise UserError(f"Another simpact collect writes to '{folder}'.") from None
    finally:
        os.close(lock)


class _Collector:
    def __init__(self, settings: Settings, hidden: Path, stop: Flag, status: Status) -> None:
        self.settings, self.stop, self.status = settings, stop, status
        self.protocol = PROTOCOLS[settings.protocol]
        self.place_file = hidden / "cursor.json"
        place = read_place(self.place_file)
        self.ledger = Ledger(hidden / "ledger.ndjson")
        self.journal = Journal(settings.folder, hidden, lambda entry: self.ledger.write([entry]))
        if not place.time_us:  # without a cursor, what lies between would pass for seen
            place = Place(*self.ledger.newest_event())
        self.watch = Watch(place)
        self.kept = place.time_us
        self.published_bytes = 0
        self.hosts = Hosts(settings.addresses, settings.first_wait_s)
        self.hosts.prefer(place.host)
        self.dictionaries: dict[str, zstd.ZstdDict | None] = {}
        self.synced = time.monotonic()
        self.refusals: set[str] = set()
        self.troubles: Counter[str] = Counter()  # since the last sync: a server may say the same a thousand times a second

    def run(self) -> None:
        while not self.stop.is_set():
            host, begun, before = self.hosts.current, time.monotonic(), self.watch.place.time_us
            self.status.host = host
            try:
                self._follow(host)
                break
            except Ended as end:
                self._turn_away(host, end, time.monotonic() - begun, self.watch.place.time_us > before)
        self._sync()
        self._publish()
        self._report()
        self.status.say(self.status.line())  # a line that stays in its place is gone by then

    def _follow(self, host: str) -> None:
        """Keep what one server sends. Returns when it is time to stop; raises Ended when the stream is over."""
        place = self.watch.place
        overlap = OVERLAP_US if place.host == host else SWITCH_OVERLAP_US
        cursor_us = max(1, place.time_us - overlap) if place.time_us else 0
        dictionary = self._dictionary(host)
        decode = decoder(dictionary)
        url = self.protocol.url(host, self.settings.collections, cursor_us, dictionary.dict_id if dictionary else None)
        with messages(url, self.protocol.subprotocols, self.settings.silence_s, self.stop) as received:
            asked = ",".join(self.settings.collections)
            self.ledger.write([Entry("connected", host, start_us=cursor_us or None, reason=asked)])
            self.watch.connected(host, cursor_us)
            self.watch.latest_believed_us = now_us() + AHEAD_US
            self.synced = time.monotonic()  # so that its beginning is judged by more than the first event
            self.refusals.clear()
            try:
                for message in received:
                    if message is not None:
                        self._take(decode(message))
                    if self.journal.is_full_frame or time.monotonic() - self.synced >= self.settings.sync_s:
                        self._sync()
                        self._rotate()
                    if message is None or self.status.n_events % 256 == 0:
                        self._report()
            except Undecodable as error:
                self.dictionaries[host] = None  # ask again, for plain text
                raise Ended("undecodable", str(error)) from None

    def _take(self, message: bytes) -> None:
        said = self.protocol.read(message)
        if isinstance(said, Event):
            is_believed = self.watch.seen(said.time_us)
            self.journal.add(said.line, said.time_us if is_believed else 0)
            self.status.n_events += 1
            if not is_believed:
                is_ahead = said.time_us >= self.watch.latest_believed_us
                self.troubles[AHEAD if is_ahead else "unbelievable_time" if said.time_us else "not_an_event"] += 1
        elif said.is_error:
            raise Ended("error", said.name)
        else:
            self.troubles[said.name] += 1

    def _sync(self) -> None:
        """First the events are on the disk, then what is missing, then the cursor."""
        self.watch.latest_believed_us = now_us() + AHEAD_US
        self.journal.sync(self.status.host)
        entries = self.watch.judge()
        entries += [Entry("trouble", self.status.host, n_events=n, reason=what) for what, n in self.troubles.items()]
        self.troubles.clear()
        self.ledger.write(entries)
        for entry in entries:
            self._tell(entry)
        if self.watch.place.time_us != self.kept or entries:
            keep_place(self.place_file, self.watch.place)
            self.kept = self.watch.place.time_us
        self.synced = time.monotonic()

    def _tell(self, entry: Entry) -> None:
        if entry.kind == "gap":
            self.status.gap_s += entry.seconds
            missed = f", about {entry.n_events:,} events" if entry.n_events else ""
            why = "the server began later than it was asked to" if entry.reason == "clamped" else "nothing came"
            self.status.say(f"gap of {entry.seconds:,.1f} s{missed}: {why}")
        elif entry.kind == "rewound":
            self.status.say(f"{entry.host} went back {entry.seconds:,.0f} s further than it was asked to")
        else:
            whose = ": its clock is fast, or that of this machine slow" if entry.reason == AHEAD else ""
            self.status.say(f"{entry.host} sent {entry.reason}, {entry.n_events:,} times{whose}")

    def _rotate(self) -> None:
        period = self.settings.minutes * 60
        is_over = self.journal.opened_s // period != time.time() // period
        if is_over or self.journal.size_bytes >= self.settings.megabytes * 1e6:
            self._publish()

    def _publish(self) -> None:
        self.published_bytes += self.journal.size_bytes
        self.journal.publish()

    def _report(self) -> None:
        self.watch.latest_believed_us = now_us() + AHEAD_US
        self.status.newest_us = self.watch.place.time_us
        self.status.size_bytes = self.published_bytes + self.journal.size_bytes
        self.status.show()

    def _dictionary(self, host: str) -> zstd.ZstdDict | None:
        if host not in self.dictionaries:
            self.dictionaries[host] = own_dictionary(self.settings.dictionaries, self.protocol.dictionary)
            if self.dictionaries[host] is None and self.protocol.gives_dictionary:
                self._other_dictionary(host)
        return self.dictionaries[host]

    def _turn_away(self, host: str, end: Ended, lasted_s: float, brought_something: bool) -> None:
        """After the end of a stream: keep what came, note why, and wait where that is of use."""
        self._sync()
        self._rotate()
        if isinstance(end, Refused) and end.name == "UnknownZstdDictionary" and self.dictionaries[host]:
            self._other_dictionary(host)
            return
        self.ledger.write([Entry("disconnected", host, reason=end.reason)])
        if isinstance(end, Refused) and end.status in NO_USE_IN_RETRYING and end.status != 429 and not self.status.n_events:
            self.refusals.add(host)
            if len(self.refusals) == len(self.settings.addresses):
                raise UserError(f"No server takes what is asked; {host} says: {end}.")
        if lasted_s >= STEADY_S and brought_something:
            self.hosts.worked()
        wait_s = self.hosts.failed()
        self.status.say(f"{host}: {end}; {self.hosts.current} is next" + (f", in {wait_s:.1f} s" if wait_s else ""))
        self.stop.wait(wait_s)

    def _other_dictionary(self, host: str) -> None:
        before = self.dictionaries[host]
        try:
            found = fetched_dictionary(host)
            self.dictionaries[host] = found if before is None or found.dict_id != before.dict_id else None
        except (OSError, Undecodable):
            self.dictionaries[host] = None  # plain text then
