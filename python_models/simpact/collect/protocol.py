"""The two generations of Jetstream, v1 `/subscribe` and v2 `subscribeEvents`: what to ask, and what a message says.

Whatever comes, the archive gets it in the shape of v1, one line each: v2 is turned into it, and what is no event at all stays
as it came; the warehouse says why it makes nothing of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

V2_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
_TIME = re.compile(rb'"time_us"\s*:\s*(\d{1,18})\b')


class Event(NamedTuple):
    """A line for the archive, without its end, and the moment at which the server saw it; 0 where it is no event."""

    line: bytes
    time_us: int


class Notice(NamedTuple):
    """What a server says of the stream. After an error it ends."""

    name: str
    is_error: bool


@dataclass(frozen=True)
class Protocol:
    """`url` makes the address to connect to, of (server, collections, cursor or 0, number of the dictionary or None).

    `dictionary` is the name of its file where Jetstream keeps it; `gives_dictionary` says whether a server can be asked for it.
    """

    name: str
    dictionary: str
    gives_dictionary: bool
    subprotocols: tuple[str, ...]
    url: Callable[[str, Sequence[str], int, int | None], str]
    read: Callable[[bytes], Event | Notice]


def _v1_url(address: str, collections: Sequence[str], cursor_us: int, dictionary: int | None) -> str:
    query = [("wantedCollections", name) for name in collections]
    query += [("cursor", str(cursor_us))] if cursor_us else []
    query += [("compress", "true")] if dictionary else []
    return f"{address}/subscribe?{urlencode(query)}"


def _v2_url(address: str, collections: Sequence[str], cursor_us: int, dictionary: int | None) -> str:
    # A cursor from 10^15 on is a moment, which other servers understand too; sequence numbers are each server's own.
    query = [("collections", name) for name in collections]
    query += [("cursor", str(cursor_us))] if cursor_us else []
    query += [("zstdDictionary", str(dictionary))] if dictionary else []
    return f"{address}{V2_PATH}?{urlencode(query)}"


def _as_line(message: bytes) -> bytes:
    """On one line: JSON has line ends between tokens only, and what is no JSON is of no use with them either."""
    return message.replace(b"\r", b" ").replace(b"\n", b" ") if b"\n" in message else message


def _read_v1(message: bytes) -> Event | Notice:
    try:
        event = json.loads(message)
        time_us = event["time_us"]
        return Event(_as_line(message), time_us if type(time_us) is int else 0)
    except RecursionError:  # a record may be nested until a parser gives up; its envelope comes first
        found = _TIME.search(message)
        return Event(_as_line(message), int(found[1]) if found else 0)
    except (ValueError, KeyError, TypeError):
        return Event(_as_line(message), 0)


def _read_v2(message: bytes) -> Event | Notice:
    try:
        frame = json.loads(message)
        if frame["$type"] == "error":
            return Notice(str(frame.get("error", "error")), True)
        payload = frame["payload"]
        kind = payload["$type"].rpartition("#")[2]
        if kind == "info":
            return Notice(str(payload.get("name", "info")), False)
        seen_us = _microseconds(payload.get("witnessedAt") or payload["time"])
        line = json.dumps(_v1_shape(kind, payload), ensure_ascii=False, separators=(",", ":"))
        return Event(_utf8(line), seen_us)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Event(_as_line(message), 0)


def _v1_shape(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    envelope = {"did": payload["did"], "time_us": _microseconds(payload["time"]), "cursor": payload["seq"], "kind": kind}
    if kind == "commit":
        names = ("rev", "operation", "collection", "rkey", "record", "cid")
        return envelope | {"commit": {name: payload[name] for name in names if name in payload}}
    return envelope | {kind: payload.get(kind)}


def _utf8(line: str) -> bytes:
    try:
        return line.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can say and UTF-8 cannot
        return json.dumps(json.loads(line), separators=(",", ":")).encode()


def _microseconds(moment: str) -> int:
    whole = datetime.fromisoformat(moment)
    return int(whole.timestamp()) * 1_000_000 + whole.microsecond


PROTOCOLS = {
    "v1": Protocol("v1", "legacy_subscribe.zdict", False, (), _v1_url, _read_v1),
    "v2": Protocol("v2", "subscribe_events_20260811.zdict", True, ("xrpc.v1.json",), _v2_url, _read_v2),
}
