"""How many events a second `simpact collect` keeps on one core, against a server on the same machine.

First `--rate` events a second for `--seconds`, as they would come: does it fall behind? Then as many as the server is let send.
Events are those of the bundled sample with the present as their time, compressed as Jetstream does; server and collector are
processes of their own, each on one core. Every event must be in the archive at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

from websockets.sync.server import ServerConnection, serve

from simpact.archive import list_files, read_lines
from simpact.compression import zstd

ROOT = Path(__file__).parents[1]
TICK_S = 0.01
RUN = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from pathlib import Path
from simpact.collect.collector import Settings
from simpact.collect.until_stopped import collect_until_stopped
collect_until_stopped(Settings(Path(sys.argv[1]), (sys.argv[2],), ("app.bsky.feed.post",), dictionaries=Path(sys.argv[3])))
"""


def halves() -> list[tuple[bytes, bytes]]:
    """The events of the sample, before and after their time."""
    found = []
    for path in sorted(ROOT.glob("seeds/sample/archive/**/*.zst")):
        for line in zstd.decompress(path.read_bytes()).splitlines():
            time_us = re.search(rb'"time_us":\s*(\d{16})(?=[,}])', line)
            if time_us and line.startswith(b"{") and line.endswith(b"}") and len(line) < 60_000:
                found.append((line[: time_us.start(1)], line[time_us.end(1) :]))
    return found


def dictionary(events: list[tuple[bytes, bytes]]) -> zstd.ZstdDict:
    """As large as Jetstream's, cut from events of the sample."""
    return zstd.train_dict([before + after for before, after in events], 112_640)


class Frames:
    """Websocket frames of compressed events."""

    def __init__(self) -> None:
        self.halves = halves()
        self.compressor = zstd.ZstdCompressor(zstd_dict=dictionary(self.halves))
        self.number = 0

    def next(self) -> bytes:
        before, after = self.halves[self.number % len(self.halves)]
        self.number += 1
        line = before + b"%d" % (time.time_ns() // 1000) + after
        content = self.compressor.compress(line, zstd.ZstdCompressor.FLUSH_FRAME)
        size = len(content)
        head = bytes([0x82, size]) if size < 126 else bytes([0x82, 126]) + size.to_bytes(2, "big")
        return head + content


def send(connection: ServerConnection, frames: bytes) -> None:
    """Past the library, which would be the slower side, but not between two halves of what it answers to a ping."""
    with connection.protocol_mutex:
        connection.socket.sendall(frames)


def run_server(rate: int, seconds: float) -> None:
    """Serve one connection and say how it went; a rate of 0 is as fast as the other side reads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    frames = Frames()
    ready = [frames.next() for _ in range(len(frames.halves))] if not rate else []

    def paced(connection: ServerConnection) -> tuple[int, float]:
        begun, sent, worst = time.monotonic(), 0, 0.0
        while (elapsed := time.monotonic() - begun) < seconds:
            due = int(elapsed * rate) - sent
            send(connection, b"".join(frames.next() for _ in range(due)))
            sent += due
            worst = max(worst, time.monotonic() - begun - elapsed)
            time.sleep(max(0.0, TICK_S - (time.monotonic() - begun - elapsed)))
        return sent, worst

    def flood(connection: ServerConnection) -> tuple[int, float]:
        begun, sent = time.monotonic(), 0
        while time.monotonic() - begun < seconds:
            at = sent % len(ready)
            chunk = ready[at : at + 500]
            send(connection, b"".join(chunk))
            sent += len(chunk)
        return sent, 0.0

    def handle(connection: ServerConnection) -> None:
        begun = time.monotonic()
        sent, worst = (paced if rate else flood)(connection)
        print(json.dumps({"sent": sent, "seconds": time.monotonic() - begun, "worst": worst}), flush=True)
        time.sleep(60)

    with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


def collected(folder: Path) -> int:
    files = list_files(str(folder), [])
    return sum(batch.num_rows for batch in read_lines((file.number, file.path, file.size_bytes) for file in files))


def cpu_of_ended_s() -> float:
    """CPU seconds of the processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wait_until_kept(folder: Path) -> None:
    """Until nothing more is written for longer than the collector waits between two frames."""
    size, quiet_s = -1, 0
    while quiet_s < 7:
        time.sleep(1.0)
        now = sum(path.stat().st_size for path in folder.rglob("*.zst*"))
        size, quiet_s = now, quiet_s + 1 if now == size else 0


def bench(rate: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("SIMPACT_BENCH")) as temporary:
        folder, dictionaries = Path(temporary) / "archive", Path(temporary) / "dictionaries"
        dictionaries.mkdir()
        (dictionaries / "legacy_subscribe.zdict").write_bytes(dictionary(halves()).dict_content)
        command = [sys.executable, __file__, "--serve", "--rate", str(rate), "--seconds", str(seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            address = f"ws://127.0.0.1:{server.stdout.readline().strip()}"
            arguments = [str(folder), address, str(dictionaries)]
            collector = subprocess.Popen([sys.executable, "-c", RUN, *arguments], stderr=subprocess.DEVNULL)
            told = json.loads(server.stdout.readline())
            wait_until_kept(folder)
            peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{collector.pid}/status").read_text())
            before_s = cpu_of_ended_s()
            collector.send_signal(signal.SIGINT)
            collector.wait()
            cpu_s = cpu_of_ended_s() - before_s
            server.kill()
        kept = collected(folder)
        disk = sum(path.stat().st_size for path in folder.rglob("*.zst"))
    sent = told["sent"]
    print(
        f"{f'{rate:,} a second wanted' if rate else 'as many as it takes'}: {sent / told['seconds']:,.0f} events/s for "
        f"{told['seconds']:.0f} s, {cpu_s / sent * 1e6:.0f} µs of CPU an event, {cpu_s / told['seconds']:.0%} of a core, "
        f"peak {int(peak[1]) / 1024 if peak else 0:,.0f} MiB, {disk / kept:.0f} bytes an event, {kept - sent:+,} events"
        + (f", the server was held up {told['worst']:.2f} s at most" if rate else ""),
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        run_server(options.rate, options.seconds)
    else:
        print(f"{date.today()}, {platform.machine()}; websockets {version('websockets')}")
        bench(options.rate, options.seconds)
        bench(0, min(20, options.seconds))
