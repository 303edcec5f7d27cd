"""Collecting: nothing that came is lost, what did not come is known, and whatever a server does, the collector goes on."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homes import NO_TESTS, private
from jetstream import DICTIONARIES, Jetstream, Session, event, frame_of_v2, line, running, write_dictionaries
from simpact.archive import list_files, read_lines
from simpact.cli import main
from simpact.collect import collections, journal
from simpact.collect import collector as collector_module
from simpact.collect.collector import Settings, collect
from simpact.collect.hosts import Hosts
from simpact.collect.place import Place, read_place
from simpact.collect.status import Status
from simpact.collect.watch import SECOND, Watch
from simpact.compression import zstd
from simpact.errors import UserError
from simpact.ledgers import read_ledgers
from warehouse import ROOT, run_dbt

HOUR = 3600 * SECOND
QUICK = Settings(Path(), (), ("app.bsky.feed.like",), silence_s=5, sync_s=0.05, first_wait_s=0.01)


def now() -> int:
    return time.time_ns() // 1000


class Collecting:
    """A collector in a thread, with its folder and what it has said."""

    def __init__(self, folder: Path, *addresses: str, **changes: Any) -> None:
        dictionaries = write_dictionaries(folder.parent / "dictionaries")
        self.settings = replace(QUICK, folder=folder, addresses=addresses, **{"dictionaries": dictionaries, **changes})
        self.stop = threading.Event()
        self.said = io.StringIO()
        self.status = Status(self.said)
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        try:
            collect(self.settings, self.stop, self.status)
        except BaseException as error:
            self.error = error

    def until(self, is_so: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end and self.thread.is_alive(), (self.said.getvalue(), self.error)
            time.sleep(0.01)


@contextmanager
def collecting(folder: Path, *addresses: str, **changes: Any) -> Iterator[Collecting]:
    collector = Collecting(folder, *addresses, **changes)
    collector.thread.start()
    yield collector
    collector.stop.set()
    collector.thread.join(30)
    assert not collector.thread.is_alive()
    if collector.error:
        raise collector.error


def kept(folder: Path) -> list[str]:
    """The lines of the archive, as the warehouse reads it; none of a file that ends early."""
    files = list_files(str(folder), [])
    table = read_lines((file.number, file.path, file.size_bytes) for file in files).read_all()
    assert set(table["reject_reason"].to_pylist()) <= {None, "too_deep"}
    return [text.removesuffix("\n") for text in table["line"].to_pylist()]


def ledger(folder: Path, kind: str = "") -> list[dict[str, Any]]:
    entries = [json.loads(text) for text in (folder / ".collect/ledger.ndjson").read_text().splitlines()]
    return [entry for entry in entries if kind in ("", entry["kind"])]


def cursor(folder: Path) -> int:
    return read_place(folder / ".collect/cursor.json").time_us


def text(lines: list[bytes]) -> list[str]:
    return [one.decode() for one in lines]


def sends(*messages: bytes) -> Callable[[Session], None]:
    """A server that sends these and then holds the connection."""

    def behave(session: Session) -> None:
        session.send(*messages)
        session.hold()

    return behave


def drops(*messages: bytes) -> Callable[[Session], None]:
    return lambda session: session.send(*messages)


# What is asked, and what is kept


def test_what_comes_is_kept_line_by_line_and_the_cursor_with_it(tmp_path: Path) -> None:
    start = now()
    lines = [line(number, start + number) for number in range(500)]
    with running(Jetstream([sends(*lines)])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: cursor(tmp_path) == start + 499)
        assert not list(tmp_path.glob("*/*.zst"))  # nothing half written is to be seen
    assert kept(tmp_path) == text(lines) and not list(tmp_path.glob(".collect/*.part"))
    assert ", 500 events, 0.0 MB" in collector.said.getvalue()
    asked = server.sessions[0].query
    assert asked["wantedCollections"] == ["app.bsky.feed.like"] and asked["compress"] == ["true"] and "cursor" not in asked
    (file,) = ledger(tmp_path, "file")
    assert (file["start_us"], file["end_us"], file["n_events"]) == (start, start + 499, 500)
    assert (tmp_path / file["file"]).exists()


def test_both_generations_give_the_same_lines(tmp_path: Path) -> None:
    start = now()
    account = {"did": "did:plc:a", "time_us": start + 3, "kind": "account", "account": {"active": False, "seq": 5}}
    sync = {"did": "did:plc:a", "time_us": start + 4, "kind": "sync", "sync": {"rev": "3l"}}
    events = [event(1, start + 1), event(2, start + 2), account, sync]
    events[1]["commit"]["record"]["text"] = "half a pair: \ud800"
    frames = [frame_of_v2(one, seq) for seq, one in enumerate(events, 40)]
    info = b'{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#info","name":"OutdatedCursor"}}'
    with (
        running(Jetstream([sends(*frames, info)])) as server,
        collecting(tmp_path, server.address, protocol="v2") as collector,
    ):
        collector.until(lambda: cursor(tmp_path) == start + 4 and bool(ledger(tmp_path, "trouble")))
    assert [json.loads(one) for one in kept(tmp_path)] == [one | {"cursor": seq} for seq, one in enumerate(events, 40)]
    session = server.sessions[0]
    assert session.path == "/xrpc/network.bsky.jetstream.subscribeEvents" and session.connection.subprotocol == "xrpc.v1.json"
    assert session.query == {"collections": ["app.bsky.feed.like"], "zstdDictionary": [str(DICTIONARIES["v2"].dict_id)]}
    assert [entry["reason"] for entry in ledger(tmp_path, "trouble")] == ["OutdatedCursor"]


def test_a_new_dictionary_of_v2_is_fetched_and_without_one_plain_text_is_asked_for(tmp_path: Path) -> None:
    dictionary = DICTIONARIES["v1"]  # any other than the one at hand

    def refuse(request: Any) -> tuple[int, bytes] | None:
        if "getZstdDictionary" in request.path:
            return 200, dictionary.dict_content
        if f"zstdDictionary={DICTIONARIES['v2'].dict_id}" in request.path:
            return 400, b'{"error":"UnknownZstdDictionary","message":"the current one is another"}'
        return None

    def behave(session: Session) -> None:
        session.connection.send(zstd.compress(frame_of_v2(event(1, start), 1), zstd_dict=dictionary))
        session.connection.send(zstd.compress(b"x", zstd_dict=DICTIONARIES["v2"]))
        session.hold()

    start = now()
    plain = sends(frame_of_v2(event(2, start + 2), 2))
    with (
        running(Jetstream([behave, plain], refuse)) as server,
        collecting(tmp_path, server.address, protocol="v2") as collector,
    ):
        collector.until(lambda: cursor(tmp_path) == start + 2)
    asked = [session.query.get("zstdDictionary") for session in server.sessions]
    assert asked == [[str(dictionary.dict_id)], None] and len(kept(tmp_path)) == 2


def test_without_a_dictionary_v1_is_asked_for_plain_text(tmp_path: Path) -> None:
    start = now()
    with (
        running(Jetstream([sends(line(1, start))])) as server,
        collecting(tmp_path, server.address, dictionaries=None) as collector,
    ):
        collector.until(lambda: cursor(tmp_path) == start)
    assert "compress" not in server.sessions[0].query


def test_files_appear_after_their_time_or_size_while_the_collection_goes_on(tmp_path: Path) -> None:
    start, noise = now(), random.Random(1)
    lines = [line(n, start + n)[:-1] + f',"x":"{noise.randbytes(2000).hex()}"}}'.encode() for n in range(2000)]
    with running(Jetstream([sends(*lines)])) as server, collecting(tmp_path, server.address, megabytes=1) as collector:
        collector.until(lambda: cursor(tmp_path) == start + 1999 and len(list(tmp_path.glob("*/*.zst"))) >= 2)
        assert set(kept(tmp_path)) <= set(text(lines))
    assert kept(tmp_path) == text(lines)
    assert sum(file["n_events"] for file in ledger(tmp_path, "file")) == 2000


# Servers that misbehave


def test_duplicates_and_disorder_are_kept_and_are_no_gap(tmp_path: Path) -> None:
    start = now() - HOUR
    lines = [line(number, start + number * SECOND // 10) for number in range(2000)]
    mixed = lines + lines[500:700]
    random.Random(3).shuffle(mixed)
    for position in range(0, len(lines), 100):  # order is kept roughly: within some ten seconds
        chunk = lines[position : position + 100]
        random.Random(position).shuffle(chunk)
        mixed[position : position + 100] = chunk
    with running(Jetstream([sends(*mixed)])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: collector.status.n_events == len(mixed))
    assert sorted(kept(tmp_path)) == sorted(text(mixed))
    assert not ledger(tmp_path, "gap") and not ledger(tmp_path, "rewound")


def test_after_a_drop_in_mid_frame_it_asks_again_from_some_seconds_before(tmp_path: Path) -> None:
    start = now()
    first, second = line(1, start), line(2, start + 10)

    def tears(session: Session) -> None:
        session.send(first)
        session.send_torn(second * 3)

    with running(Jetstream([tears, sends(first, second)])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: cursor(tmp_path) == start + 10)
    assert kept(tmp_path) == text([first, first, second])
    assert server.sessions[1].cursor == start - 5 * SECOND
    assert [entry["kind"] for entry in ledger(tmp_path)] == ["connected", "disconnected", "connected", "file"]


def test_silence_leads_to_the_next_server_and_further_back(tmp_path: Path) -> None:
    start = now()
    with (
        running(Jetstream([sends(line(1, start))])) as silent,
        running(Jetstream([sends(line(2, start + 9))])) as other,
        collecting(tmp_path, silent.address, other.address, silence_s=0.3) as collector,
    ):
        collector.until(lambda: cursor(tmp_path) == start + 9)
    assert other.sessions[0].cursor == start - 120 * SECOND
    assert next(entry["reason"] for entry in ledger(tmp_path, "disconnected")) == "silence"


def test_a_server_that_cannot_be_reached_is_passed_over(tmp_path: Path) -> None:
    with (
        running(Jetstream([sends(line(1, now()))])) as server,
        collecting(tmp_path, "ws://127.0.0.1:1", server.address) as collector,
    ):
        collector.until(lambda: collector.status.n_events == 1)
    assert "ws://127.0.0.1:1: unreachable" in collector.said.getvalue()


def test_error_text_in_the_stream_is_kept_and_noted_once(tmp_path: Path) -> None:
    start = now()

    def says(session: Session) -> None:
        session.send(line(1, start))
        for _ in range(50):
            session.send_text("error: too\nmany rows")
        session.send(b'{"error":"x"}', b"[" * 5000, line(2, start + 1))
        session.hold()

    with running(Jetstream([says])) as server, collecting(tmp_path, server.address, sync_s=0.3) as collector:
        collector.until(lambda: cursor(tmp_path) == start + 1)
    lines = kept(tmp_path)
    assert len(lines) == 54 and lines[1] == "error: too many rows"
    (trouble,) = ledger(tmp_path, "trouble")
    assert (trouble["reason"], trouble["n_events"]) == ("not_an_event", 52)


def test_a_v2_error_ends_the_stream_and_it_is_asked_again(tmp_path: Path) -> None:
    error = b'{"$type":"error","error":"ConsumerTooSlow","message":"too slow"}'
    with (
        running(Jetstream([sends(error), sends(frame_of_v2(event(1, now()), 1))])) as server,
        collecting(tmp_path, server.address, protocol="v2") as collector,
    ):
        collector.until(lambda: collector.status.n_events == 1)
    assert "ConsumerTooSlow" in collector.said.getvalue() and len(kept(tmp_path)) == 1


def test_a_time_to_come_does_not_move_the_cursor(tmp_path: Path) -> None:
    """A server would take such a cursor for: what comes now."""
    start = now()
    lines = [line(1, start), line(2, start + HOUR), line(3, 7)]
    with running(Jetstream([sends(*lines)])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: collector.status.n_events == 3)
    assert cursor(tmp_path) == start and kept(tmp_path) == text(lines)
    assert [entry["end_us"] for entry in ledger(tmp_path, "file")] == [start]
    assert {entry["reason"] for entry in ledger(tmp_path, "trouble")} == {"time_ahead", "unbelievable_time"}
    assert "sent time_ahead, 1 times: its clock is fast, or that of this machine slow\n" in collector.said.getvalue()


def test_what_every_server_refuses_is_said_at_once(tmp_path: Path) -> None:
    with running(Jetstream([], lambda request: (400, b'{"error":"InvalidRequest","message":"no such thing"}'))) as server:
        collector = Collecting(tmp_path, server.address)
        collector.run()
    assert isinstance(collector.error, UserError) and "HTTP 400 InvalidRequest no such thing" in str(collector.error)


def test_a_server_that_knows_no_dictionary_at_all_is_not_asked_for_ever(tmp_path: Path) -> None:
    def refuse(request: Any) -> tuple[int, bytes]:
        is_asked = "getZstdDictionary" in request.path
        return (200, DICTIONARIES["v1"].dict_content) if is_asked else (400, b'{"error":"UnknownZstdDictionary"}')

    with running(Jetstream([], refuse)) as server:
        collector = Collecting(tmp_path, server.address, protocol="v2")
        collector.thread.start()
        collector.thread.join(10)
        collector.stop.set()
    assert isinstance(collector.error, UserError) and "UnknownZstdDictionary" in str(collector.error)


# Gaps


def test_a_clamped_cursor_is_a_gap_of_known_length(tmp_path: Path) -> None:
    start = now() - 50 * HOUR
    before = [line(number, start + number * SECOND // 2) for number in range(400)]
    last, floor = start + 399 * SECOND // 2, start + 14 * HOUR
    after = [line(number, floor + number) for number in range(10)]
    with running(Jetstream([drops(*before), sends(*after)])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: cursor(tmp_path) == floor + 9)
    (gap,) = ledger(tmp_path, "gap")
    assert (gap["start_us"], gap["end_us"], gap["reason"]) == (last, floor, "clamped")
    assert gap["n_events"] == pytest.approx(2 * (floor - last) / SECOND, rel=0.2)
    assert "gap of 50,200.5 s" in collector.said.getvalue()


def test_a_gap_over_a_restart_is_known_too(tmp_path: Path) -> None:
    start = now() - HOUR
    with running(Jetstream([sends(line(1, start)), sends(line(2, start + 1800 * SECOND))])) as server:
        for expected in (start, start + 1800 * SECOND):
            with collecting(tmp_path, server.address) as collector:
                collector.until(lambda expected=expected: cursor(tmp_path) == expected)
    (gap,) = ledger(tmp_path, "gap")
    assert (gap["start_us"], gap["end_us"]) == (start, start + 1800 * SECOND)
    assert len(ledger(tmp_path, "file")) == 2


def test_what_comes_now_may_come_before_what_was_asked_for(tmp_path: Path) -> None:
    """A server that goes over from replaying to following mixes the two (jetstream-legacy, issue 42)."""
    start = now() - HOUR
    mixed = sends(line(3, start + 60 * SECOND), line(1, start), line(2, start + SECOND))
    with (
        running(Jetstream([drops(line(1, start)), mixed])) as server,
        collecting(tmp_path, server.address, sync_s=0.2, first_wait_s=0.8) as collector,
    ):
        collector.until(lambda: cursor(tmp_path) == start + 60 * SECOND)
    assert not ledger(tmp_path, "gap")


def test_without_its_cursor_it_goes_on_from_what_the_ledger_says(tmp_path: Path) -> None:
    start = now() - HOUR
    with running(Jetstream([sends(line(1, start)), sends(line(2, start + 1800 * SECOND))])) as server:
        for expected in (start, start + 1800 * SECOND):
            with collecting(tmp_path, server.address) as collector:
                collector.until(lambda expected=expected: cursor(tmp_path) == expected)
            (tmp_path / ".collect/cursor.json").unlink()
    assert server.sessions[1].cursor == start - 5 * SECOND
    assert [(gap["start_us"], gap["end_us"]) for gap in ledger(tmp_path, "gap")] == [(start, start + 1800 * SECOND)]


def test_seconds_without_events_are_a_gap_where_many_were_to_be_expected(tmp_path: Path) -> None:
    start = (now() - HOUR) // SECOND * SECOND
    seconds = [second for second in range(400) if not 100 <= second < 130]
    lines = [line(second * 8 + part, start + second * SECOND + part * 100_000) for second in seconds for part in range(8)]
    with running(Jetstream([sends(*lines)])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: collector.status.n_events == len(lines))
    (gap,) = ledger(tmp_path, "gap")
    assert (gap["start_us"], gap["end_us"]) == (start + 100 * SECOND, start + 130 * SECOND)
    assert (gap["reason"], gap["n_events"]) == ("silent", 240)


def test_a_quiet_stream_is_no_gap() -> None:
    watch = Watch(Place())
    watch.latest_believed_us = now()
    watch.connected("a", 0)
    chance = random.Random(5)
    start = now() - 3 * HOUR
    for second in range(9000):
        if chance.random() < 0.3:
            watch.seen(start + second * SECOND)
        if second % 5 == 0:
            assert watch.judge() == []


def test_a_server_that_goes_far_back_is_noted_and_no_gap(tmp_path: Path) -> None:
    start = now()
    again = sends(line(1, start - HOUR), line(1, start), line(2, start + 1))
    with running(Jetstream([drops(line(1, start)), again])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: cursor(tmp_path) == start + 1)
    (rewound,) = ledger(tmp_path, "rewound")
    assert rewound["start_us"] == start - HOUR and not ledger(tmp_path, "gap")


# Killed, full, slow, stopped

RUN = """
import sys
from pathlib import Path
from simpact.collect.collector import Settings
from simpact.collect.until_stopped import collect_until_stopped
collect_until_stopped(Settings(Path(sys.argv[1]), (sys.argv[2],), ("app.bsky.feed.like",), megabytes=0.02, sync_s=0.02,
    first_wait_s=0.01))
"""


def start_process(folder: Path, address: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(folder), address]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_killed_at_any_moment_nothing_that_was_sent_is_missing(tmp_path: Path) -> None:
    start = now() - HOUR
    lines = [line(number, start + number * 20_000) for number in range(8_000)]

    def serves(session: Session) -> None:
        first = max(0, -((start - session.cursor) // 20_000)) if session.cursor else 0
        for position in range(first, len(lines), 20):
            session.send(*lines[position : position + 20])
            time.sleep(0.004)
        session.hold()

    chance = random.Random(7)
    with running(Jetstream([serves])) as server:
        cursors = []
        for _ in range(3):
            process = start_process(tmp_path, server.address)
            before = cursors[-1] if cursors else 0
            while not (tmp_path / ".collect/cursor.json").exists() or cursor(tmp_path) <= before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0.0, 0.4))
            process.kill()
            process.communicate()
            cursors.append(cursor(tmp_path))
            files = list(tmp_path.glob("*/*.zst"))
            assert not files or set(kept(tmp_path)) <= set(text(lines))  # a build may read whatever is there
        process = start_process(tmp_path, server.address)
        while cursor(tmp_path) < start + (len(lines) - 1) * 20_000:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, process.communicate()
    assert cursors == sorted(cursors) and cursors[0] > 0
    assert set(kept(tmp_path)) == set(text(lines)) and not ledger(tmp_path, "gap")
    assert not list(tmp_path.glob(".collect/*.part"))
    assert sum(file["n_events"] for file in ledger(tmp_path, "file")) >= len(lines)


@pytest.mark.parametrize("damage", ["cut", "zeros", "empty"])
def test_a_torn_file_is_put_in_place_without_its_torn_end(tmp_path: Path, damage: str) -> None:
    hidden = tmp_path / ".collect"
    hidden.mkdir()
    part = hidden / f"2026-11-29_13-00-00{journal.SUFFIX}.part"
    start = now()
    frames = [zstd.compress(line(n, start + n) + b"\n", options=journal._OPTIONS) for n in range(3)]
    whole = b"".join(frames[:2])
    torn = {"cut": whole + frames[2][:-3], "zeros": whole + bytes(4096), "empty": b""}[damage]
    part.write_bytes(torn)
    announced: list[Any] = []
    journal.Journal(tmp_path, hidden, announced.append)
    assert not part.exists()
    if damage == "empty":
        assert not announced
    else:
        assert kept(tmp_path) == text([line(0, start), line(1, start + 1)])
        assert [(one.file, one.n_events, one.end_us) for one in announced] == [("2026-11-29/13-00-00.ndjson.zst", 2, start + 1)]


def test_a_torn_entry_of_the_ledger_goes_and_a_damaged_cursor_is_said(tmp_path: Path) -> None:
    hidden = tmp_path / ".collect"
    hidden.mkdir()
    (hidden / "ledger.ndjson").write_text('{"kind": "trouble"}\n{"kind": "ga')
    with running(Jetstream([sends(line(1, now()))])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: collector.status.n_events == 1)
    assert [entry["kind"] for entry in ledger(tmp_path)] == ["trouble", "connected", "file"]
    (hidden / "cursor.json").write_text("[]")
    with pytest.raises(UserError, match=r"cursor\.json' is no cursor"):
        collect(replace(QUICK, folder=tmp_path, addresses=("ws://127.0.0.1:1",)), threading.Event(), Status(io.StringIO()))


def test_a_full_disk_ends_it_and_what_was_kept_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = now()
    real, written = os.write, []

    def write(descriptor: int, content: Any) -> int:
        is_data = Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part"
        if is_data and written:
            real(descriptor, bytes(content)[:7])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(is_data) if is_data else None
        return real(descriptor, content)

    def two(session: Session) -> None:
        session.send(line(1, start))
        time.sleep(0.3)
        session.send(line(2, start + 1))
        session.hold()

    monkeypatch.setattr(os, "write", write)
    with running(Jetstream([two])) as server:
        collector = Collecting(tmp_path, server.address)
        collector.run()
    assert isinstance(collector.error, OSError) and cursor(tmp_path) == start
    monkeypatch.undo()
    with running(Jetstream([sends(line(2, start + 1))])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: cursor(tmp_path) == start + 1)
    assert kept(tmp_path) == text([line(1, start), line(2, start + 1)])


def test_while_the_disk_stands_still_the_server_must_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, real, sent = threading.Event(), os.fsync, []
    start = now()
    lines = [line(n, start + n)[:-1] + b',"x":"' + b"x" * 4000 + b'"}' for n in range(200)] * 100

    def stands_still(descriptor: int) -> None:
        goes_on.wait(20)
        real(descriptor)

    def behave(session: Session) -> None:
        for one in lines:
            session.connection.send(one, text=True)
            sent.append(1)
        session.hold()

    with (
        running(Jetstream([behave])) as server,
        monkeypatch.context() as patch,
        collecting(tmp_path, server.address) as collector,
    ):
        collector.until(lambda: len(sent) > 1)
        patch.setattr(journal.os, "fsync", stands_still)
        held = -1
        while held != len(sent):
            held = len(sent)
            time.sleep(0.5)
        assert held < 14_000  # of 20,000: what the queue, a frame and the system's buffers hold
        goes_on.set()
        collector.until(lambda: collector.status.n_events == len(lines))
    assert len(kept(tmp_path)) == len(lines)


def test_the_name_of_a_new_folder_is_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(collector_module, "sync_folder", synced.append)
    for _ in range(2):
        collector = Collecting(tmp_path / "archive", "ws://127.0.0.1:9")
        collector.stop.set()
        collector.run()
        assert synced == [tmp_path / "archive", tmp_path] and not collector.error


def test_two_collectors_do_not_share_a_folder(tmp_path: Path) -> None:
    with running(Jetstream([sends(line(1, now()))])) as server, collecting(tmp_path, server.address) as collector:
        collector.until(lambda: collector.status.n_events == 1)
        second = Collecting(tmp_path, server.address)
        second.run()
    assert isinstance(second.error, UserError) and "Another simpact collect" in str(second.error)


def test_the_status_line_says_how_it_goes() -> None:
    said = io.StringIO()
    status = Status(said)
    status.host, status.n_events, status.size_bytes, status.gap_s, status.newest_us = "wss://a", 1234567, 2_500_000, 61.0, now()
    status._rate = 5012.0
    assert status.line() == "a: 5,012 events/s, lag 0.0 s, gap 61 s, 1,234,567 events, 2.5 MB"
    status._shown -= 100
    status.show()
    assert said.getvalue().startswith("simpact: 20") and said.getvalue().count("\n") == 1


def test_waits_grow_with_jitter_and_end_with_success() -> None:
    order = Hosts(("a", "b"), first_wait_s=1, longest_wait_s=30)
    waits = [order.failed() for _ in range(16)]
    assert waits[::2] == [0.0] * 8  # the other one first
    assert all(0.5 * bound <= wait <= bound for wait, bound in zip(waits[1::2], (1, 2, 4, 8, 16, 30, 30, 30), strict=True))
    order.worked()
    assert order.failed() == 0.0 and order.failed() <= 1.0


# Arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--collections", "app.bsky.feed.psot"], "did you mean app.bsky.feed.post?"),
        (["--collections", "posts"], "'posts' is no collection"),
        (["--host", ""], "No host is given"),
        (["--host", "http://x"], "'http://x' is no host"),
        (["--host", "x:99999"], "'x:99999' is no host"),
        (["--minutes", "0"], "not a number above 0"),
        (["--protocol", "v3"], "invalid choice: 'v3'"),
    ],
)
def test_a_bad_argument_is_one_clear_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["collect", "--out", str(tmp_path / "new"), *arguments])
    assert stopped.value.code == 2 and words in capsys.readouterr().err and not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit):
        main(["collect", "--out", str(tmp_path / "file/new"), "--host", "ws://127.0.0.1:1"])
    assert f"simpact: '{tmp_path}/file/new/.collect' cannot be used (Not a directory)." in capsys.readouterr().err


def test_intents_are_always_asked_for_and_the_default_is_what_the_warehouse_uses() -> None:
    assert collections.wanted(["app.bsky.feed.post"]) == ("app.bsky.feed.post", collections.INTENTS)
    assert collections.wanted(["app.bsky.graph.*"])[0] == "app.bsky.graph.*"
    assert collections.wanted(["xyz.example.note"])[0] == "xyz.example.note"
    with (ROOT / "seeds/action_types.csv").open() as seed:
        used = {row["collection"] for row in csv.DictReader(seed)}
    assert used | {"app.bsky.actor.profile", collections.INTENTS} == set(collections.wanted([]))


def test_servers_are_those_that_speak_the_protocol(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Settings] = []
    monkeypatch.setattr("simpact.collect.until_stopped.collect_until_stopped", asked.append)
    for protocol in ("v1", "v2"):
        main(["collect", "--out", str(tmp_path), "--protocol", protocol])
    assert [settings.addresses[0] for settings in asked] == [
        "wss://jetstream1.us-east.bsky.network",
        "wss://jetstream.us-east.bsky.network",
    ]


# The warehouse beside it


def test_a_ledger_is_found_beside_files_and_above_their_folder(tmp_path: Path) -> None:
    for folder in ("one", "two/day", "three/year/month/day"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("one", "two", "three"):
        (tmp_path / folder / ".collect").mkdir()
        (tmp_path / folder / ".collect/ledger.ndjson").write_text('{"kind": "connected"}\n{"kind": "ga')
    files = [f"{tmp_path}/{name}" for name in ("one/a.zst", "one/b.zst", "two/day/a.zst", "three/year/month/day/a.zst")]
    assert read_ledgers(files).to_pylist() == [
        {"ledger": f"{tmp_path}/{folder}/.collect/ledger.ndjson", "line_number": 1, "line": '{"kind": "connected"}'}
        for folder in ("one", "two")
    ]
    (tmp_path / "two/.collect/ledger.ndjson").write_text("{}\n[]\n")
    with pytest.raises(UserError, match="its line 2 is no entry"):
        read_ledgers(files)


def test_a_build_beside_it_lands_the_files_and_says_what_nobody_saw(tmp_path: Path) -> None:
    folder, home = tmp_path / "archive", tmp_path / "home"
    start = (now() - HOUR) // SECOND * SECOND
    behaviours = [drops(line(1, start), line(2, start + 10 * SECOND)), sends(line(3, start + 1010 * SECOND))]
    with running(Jetstream(behaviours)) as server:
        with collecting(folder, server.address) as collector:
            collector.until(lambda: cursor(folder) == start + 1010 * SECOND)
        with collecting(folder, server.address) as collector:
            collector.until(lambda: collector.status.n_events == 1)  # a file that is being written, and no more to be seen
            selected = ("files", "events", "ledger", "stg_collect__entries", "observed_time")
            result = run_dbt("build", *NO_TESTS, "--select", *selected, home=home, archive=str(folder))
    assert result.returncode == 0, result.stdout
    assert private(home, "select count(*) from raw.events where reject_reason is null") == [(3,)]
    stretches = "select start_us, end_us, is_observed, reason from quality.observed_time order by start_us"
    assert private(home, stretches) == [
        (start, start + 10 * SECOND, True, None),
        (start + 10 * SECOND, start + 1010 * SECOND, False, "clamped"),
    ]
