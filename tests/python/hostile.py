"""Archives such as nobody should send, from a world so small that everything meets everything.

Hypothesis draws a seed and a size; line number n of a seed is always the same line, so that a failure shrinks by leaving out
lines.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

DIDS = ["did:plc:ann", "did:plc:bob", "did:web:cy.example", "did:plc:dee"]
POST, LIKE, REPOST = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost"
FOLLOW, BLOCK = "app.bsky.graph.follow", "app.bsky.graph.block"
PROFILE, INTENTS = "app.bsky.actor.profile", "org.user-intents.declaration"
RKEYS = ["k1", "k2", "k3", "k4"]
REVS = ["a", "a0", "aa", "b", "b1", "c", "z"]
HOUR_US = 3_600_000_000
TIMES = [1_000_000_000_000_000 + step for step in (0, 1, 2, 999_999, 5 * HOUR_US, 30 * HOUR_US, 400 * HOUR_US)]
WORLDS, LINES = 150, 60
TEXTS = [
    "hello", "Hello again", "the CARBON-tax, again", "élection?", "carbonated taxes", " \t\n\r ", "", "D\0O\0N",
    "\u202ertl", "é", "\ufffd",
    "👩‍👩‍👧 hi",
]  # fmt: skip
LANGS = [["en"], ["en"], ["en-CA"], ["EN"], ["fr", "en"], ["fr"], ["english"], [], [None], [5], "en", None, {"0": "en"}]
SCALARS = [None, True, False, 0, 7, "", "x", [], {}, {"uri": None}, {"a": [1]}, ["en"], "{", '{"text": "x"}', "[x"]
ODD_URIS = ["at://did:plc:ann/app.bsky.feed.generator/x", "at://did:plc:gone/app.bsky.feed.post/z", "not a uri", ""]
JUNK = [
    b"", b" \t\r", b"{", b"}", b"<<<<<<< HEAD", b"=======", b">>>>>>> x", b"|||||||", b"null", b"[]", b"5", b'"x"', b"{}",
    b"\xff\xfe", b'{"did":"did:plc:ann"', b"error: closed",
    b"[" * 200, b"[" * 200 + b"]" * 200, b'{"a":"' + b"[" * 200 + b'"}', b"\x00",
    b'{"did":"did:plc:ann","time_us":1,"kind":"x","k":"\\ud800"}', b'{"did":"did:plc:ann","time_us":-1,"kind":"x"}',
    b'{"did":"did:plc:ann","did":"x","time_us":12,"kind":"identity"}', b'{"did":"did:plc:ann","time_us":1.5,"kind":"x"}',
    b'{"did":"did:plc:ann","time_us":"77","kind":"account","account":{"active":false}}', b'{"did":"did:plc:ann"} trailing',
]  # fmt: skip


class Mischief:
    """Draws one line."""

    dids: Sequence[str] = DIDS
    rkeys: Sequence[str] = RKEYS
    times: Sequence[int] = TIMES
    collections: Sequence[str] = (
        [POST] * 8 + [LIKE] * 4 + [REPOST] * 2 + [FOLLOW] * 3 + [BLOCK] * 2 + [PROFILE, INTENTS, "xyz.other"]
    )

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)

    def one_in(self, count: int) -> bool:
        return self.rng.randrange(count) == 0

    def pick(self, items: Sequence) -> Any:
        return self.rng.choice(items)

    def uri(self) -> str:
        if self.one_in(12):
            return self.pick(ODD_URIS)
        return f"at://{self.pick(self.dids)}/{POST}/{self.pick(self.rkeys)}"

    def post_record(self) -> Any:
        if self.one_in(25):
            return self.pick(SCALARS)
        record: dict[str, Any] = {
            "$type": POST,
            "text": self.pick(TEXTS[:5] if self.one_in(2) else TEXTS),
            "langs": self.pick(LANGS),
        }
        if self.one_in(25):
            record["text"] = self.pick(SCALARS)
        if self.one_in(2):
            record["reply"] = {"parent": {"uri": self.uri()}, "root": {"uri": self.uri()}}
        elif self.one_in(2):
            quoted = {"uri": self.uri()}
            record["embed"] = self.pick([{"record": quoted}, {"record": {"record": quoted}}, self.pick(SCALARS)])
        return record

    def record(self, collection: str) -> Any:
        if collection == POST:
            return self.post_record()
        if collection in (LIKE, REPOST):
            return {"subject": self.pick([{"uri": self.uri()}] * 6 + [self.uri(), self.pick(SCALARS)])}
        if collection in (FOLLOW, BLOCK):
            return {"subject": self.pick([*self.dids] * 3 + [self.pick(SCALARS)])}
        if collection == INTENTS:
            allowed = [True, True, True, False, None, "false"]
            return {"bulkDataset": {"allow": self.pick(allowed)}, "protocolBridging": {"allow": self.pick(allowed)}}
        return self.pick([{"displayName": "N"}, self.pick(SCALARS)])

    def commit(self) -> dict[str, Any]:
        collection = self.pick(self.collections)
        operation = self.pick(["create"] * 9 + ["update"] * (3 if collection == POST else 1) + ["delete"] * 3)
        rkey = "self" if collection in (PROFILE, INTENTS) else self.pick(self.rkeys)
        commit: dict[str, Any] = {"rev": self.pick(REVS), "operation": operation, "collection": collection, "rkey": rkey}
        if operation != "delete":
            commit["record"] = self.record(collection)
        return commit

    def line(self) -> bytes:
        if self.one_in(15):
            return self.pick(JUNK)
        event: dict[str, Any] = {"did": self.pick(self.dids), "time_us": self.pick(self.times)}
        if self.one_in(25):
            active = self.pick([True, True, True, False, None, "false"])
            account = {"active": active, "seq": self.pick([1, 2, 3, None, "x", "4\n"])}
            event |= {"kind": "account", "account": account if self.one_in(2) else self.pick([account, *SCALARS])}
        elif self.one_in(40):
            event |= self.pick(
                [
                    {"kind": "identity", "identity": {"handle": "h.example"}},
                    {"kind": "identity", "identity": "{"},
                    {"kind": "sync"},
                    {"kind": ""},
                ]
            )
        else:
            event |= {"kind": "commit", "commit": self.commit()}
        if self.one_in(40):
            event[self.pick(["did", "time_us", "kind", "commit"])] = self.pick(SCALARS)
        return json.dumps(event, ensure_ascii=self.one_in(2)).encode()


class Attention(Mischief):
    """Draws one line of a world where people like, repost and answer each other, and follow and block within minutes."""

    dids, rkeys = DIDS[:2], RKEYS[:3]
    times = tuple(TIMES[0] + step for step in (0, 1, 2, 300_000_000, 600_000_000, 600_000_001, 600_000_002, 5 * HOUR_US))
    collections = (*[POST] * 6, *[LIKE] * 6, *[REPOST] * 2, *[FOLLOW] * 6, *[BLOCK] * 3, "xyz.other")


@st.composite
def archives(draw: st.DrawFn, kind: type[Mischief] = Mischief) -> dict[str, list[bytes]]:
    """One to three files of up to eighty lines; some lines stand in several files, or twice in one."""
    seed, size = draw(st.integers(0, 2**32)), draw(st.integers(1, 80))
    pool = [kind(f"{seed} {number}").line() for number in range(size)]
    rng = random.Random(seed)
    every = pool + rng.choices(pool, k=size // 8)
    rng.shuffle(every)
    edges = sorted([0, rng.randint(0, len(every)), rng.randint(0, len(every)), len(every)])
    return {f"{number}.ndjson": every[start:end] for number, (start, end) in enumerate(itertools.pairwise(edges))}


def hostile_lines(rng: random.Random, kind: type[Mischief] = Mischief) -> list[bytes]:
    """Lines of many small worlds that know nothing of each other, shuffled, with some delivered twice."""
    lines = []
    for world in range(WORLDS):
        for number in range(rng.randint(1, LINES)):
            line = kind(f"incremental {world} {number}").line()
            for did in DIDS:
                line = line.replace(did.encode(), f"{did}{world}".encode())
            lines.append(line)
    lines += rng.choices(lines, k=len(lines) // 10)
    rng.shuffle(lines)
    return lines
