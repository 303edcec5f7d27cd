"""A server that speaks Jetstream on this machine, and misbehaves as it is told to."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from simpact.compression import zstd

FILES = {"v1": "legacy_subscribe.zdict", "v2": "subscribe_events_20260811.zdict"}


def event(number: int, time_us: int) -> dict[str, Any]:
    """A like in the shape of v1. Nobody in it exists."""
    return {
        "did": f"did:plc:{number % 7:024d}",
        "time_us": time_us,
        "kind": "commit",
        "commit": {
            "rev": f"3l{number:011d}",
            "operation": "create",
            "collection": "app.bsky.feed.like",
            "rkey": f"3k{number:011d}",
            "record": {"$type": "app.bsky.feed.like", "subject": {"uri": "at://did:plc:x/app.bsky.feed.post/é"}},
            "cid": "bafy",
        },
    }


def line(number: int, time_us: int) -> bytes:
    return json.dumps(event(number, time_us), separators=(",", ":"), ensure_ascii=False).encode()


def frame_of_v2(event: dict[str, Any], seq: int) -> bytes:
    """The same event as v2 sends it."""
    moment = datetime.fromtimestamp(event["time_us"] // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    time = f"{moment}.{event['time_us'] % 1_000_000:06d}Z"
    body = event["commit"] if event["kind"] == "commit" else {event["kind"]: event[event["kind"]]}
    payload = {
        "$type": f"network.bsky.jetstream.subscribeEvents#{event['kind']}",
        "seq": seq,
        "did": event["did"],
        "time": time,
    }
    return json.dumps({"$type": "message", "payload": payload | {"witnessedAt": time} | body}).encode()


# Jetstream's own are cut from what real people wrote; these from what nobody did.
_TIMES = [1_700_000_000_000_000 + 7919 * number for number in range(2000)]
DICTIONARIES = {
    "v1": zstd.train_dict([line(number, time_us) for number, time_us in enumerate(_TIMES)], 4096),
    "v2": zstd.train_dict([frame_of_v2(event(number, time_us), number) for number, time_us in enumerate(_TIMES)], 4096),
}


def write_dictionaries(folder: Path) -> Path:
    """Under the names that Jetstream's have."""
    folder.mkdir(exist_ok=True)
    for protocol, name in FILES.items():
        (folder / name).write_bytes(DICTIONARIES[protocol].dict_content)
    return folder


@dataclass
class Session:
    """One connection, as the server sees it."""

    connection: ServerConnection
    query: dict[str, list[str]]
    path: str

    @property
    def cursor(self) -> int:
        return int(self.query.get("cursor", ["0"])[0])

    @property
    def dictionary(self) -> zstd.ZstdDict | None:
        if "zstdDictionary" in self.query:
            return DICTIONARIES["v2"]
        return DICTIONARIES["v1"] if self.query.get("compress") == ["true"] else None

    def send(self, *messages: bytes) -> None:
        dictionary = self.dictionary
        for message in messages:
            self.connection.send(zstd.compress(message, zstd_dict=dictionary) if dictionary else message, text=not dictionary)

    def send_text(self, text: str) -> None:
        self.connection.send(text)

    def send_torn(self, message: bytes) -> None:
        """The head of a frame that promises more than it has, and then nothing any more."""
        self.connection.socket.sendall(bytes([0x82, 126]) + len(message).to_bytes(2) + message[: len(message) // 2])
        self.connection.socket.close()

    def hold(self) -> None:
        """Say nothing until the client goes."""
        with suppress(ConnectionClosed):
            self.connection.recv()


Behaviour = Callable[[Session], None]


@dataclass
class Jetstream:
    """`behaviours` in order of connections; the last one goes on being used."""

    behaviours: Sequence[Behaviour]
    refuse: Callable[[Request], tuple[int, bytes] | None] = lambda request: None
    sessions: list[Session] = field(default_factory=list)
    address: str = ""

    def handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        address = urlsplit(connection.request.path)
        session = Session(connection, parse_qs(address.query), address.path)
        self.sessions.append(session)
        with suppress(ConnectionClosed, OSError):
            self.behaviours[min(len(self.sessions), len(self.behaviours)) - 1](session)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        refusal = self.refuse(request)
        if refusal is None:
            return None
        status, body = refusal
        response = connection.respond(HTTPStatus(status), "")
        response.body = body
        response.headers["Content-Length"], _ = str(len(body)), response.headers.pop("Content-Length")
        return response


@contextmanager
def running(jetstream: Jetstream) -> Iterator[Jetstream]:
    quiet = logging.getLogger("jetstream")
    quiet.disabled = True
    server: Server
    with serve(
        jetstream.handle,
        "127.0.0.1",
        0,
        compression=None,
        process_request=jetstream.answer,
        select_subprotocol=lambda connection, offered: offered[0] if offered else None,
        logger=quiet,
        close_timeout=0.2,
    ) as server:
        jetstream.address = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield jetstream
        server.shutdown()
    thread.join()
