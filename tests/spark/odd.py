"""Hostile archives with all that engines read differently: letters, spaces, patterns, numbers, and what JSON allows."""

from __future__ import annotations

import json
import random
from typing import Any

from hostile import DIDS, POST, PROFILE, TEXTS, TIMES, Mischief, hostile_lines

LONE = "LONE SURROGATE"
ODD_TEXTS = [
    "İSTANBUL İSTANBUL İSTANBUL ΑΣ", "istanbul istanbul istanbul ασ", "\u00a0the carbon tax is no news today\u3000",
    "the carbon tax is no news today", "the carbon\x0btax is no\u2028news today", "at 12:30 the carbon tax of @ann http://a.example/İ",
    "carbon tax \U0001df00\U00031350 ٣ ﬁ ŉ Ǆ \u212a", "\u017fee www.c.example", f"{LONE} carbon tax",
    "{", '{"text": "x"}', "été\r\n",
]  # fmt: skip
ODD_NUMBERS = [0, 3, 4, "5", 1.5, 1e2, -1, True, None, " 6 ", "0x10", "1_0", float("nan"), 10**20, 1e300, [], {}]
ODD_ITEMS = [None, 5, "x", "{", [], {}, {"val": "bot"}, {"val": "!no"}]
ODD_LANGS = [["EN"], ["İt"], ["en\u00a0"], [" en"], [None, "fr"], ["e", "n"], ["ΑΣ"], [{"a": 1}], [True]]
# A key that is there twice: the first one counts.
TWICE = [
    (b'"text": ', b'"text": null, "text": '),
    (b'"text": ', b'"text": {"a": 1}, "text": '),
    (b'"langs": ', b'"langs": null, "langs": '),
    (b'"facets": ', b'"facets": null, "facets": '),
    (b'"subject": {', b'"subject": {"uri": null, '),
    (b'"active": ', b'"active": false, "active": '),
    (b'"record": {', b'"record": {"embed": {"$type": "a"}, '),
    (b'"record": {', b'"record": {"via": NaN, "createdAt": Infinity, '),
]


class Odd(Mischief):
    """Draws one line of it."""

    def facet(self) -> Any:
        if self.one_in(5):
            return self.pick(ODD_ITEMS)
        feature = {"$type": f"app.bsky.richtext.facet#{self.pick(['mention', 'link', 'tag'])}", "did": self.pick(self.dids)}
        feature["uri"] = self.pick(["https://WWW.İ.example/x", "http://a.example", "", None, 5])
        index = {"byteStart": self.pick(ODD_NUMBERS), "byteEnd": self.pick(ODD_NUMBERS)}
        return {"index": index, "features": self.pick([[feature], [feature, self.pick(ODD_ITEMS)], self.pick(ODD_ITEMS)])}

    def post_record(self) -> Any:
        record = super().post_record()
        if not isinstance(record, dict) or self.one_in(3):
            return record
        if self.one_in(2):
            record["text"] = self.pick(ODD_TEXTS)
        if self.one_in(3):
            record["langs"] = self.pick(ODD_LANGS)
        if self.one_in(2):
            record["facets"] = [self.facet() for _ in range(self.rng.randrange(3))]
        if self.one_in(4):
            record["labels"] = {"values": [self.pick(ODD_ITEMS) for _ in range(2)]}
        if self.one_in(4):
            record["tags"] = [self.pick(["a", "İ", None, 5, {"b": 1.50}])]
        if self.one_in(4):
            uri = self.pick(["https://www.A.example/b", "İ", "//", None, {"a": 1}])
            record["embed"] = {"$type": self.pick(["app.bsky.embed.external", 5, None]), "external": {"uri": uri}}
        if self.one_in(4):
            record |= {"via": self.pick(ODD_NUMBERS), "createdAt": self.pick(["2025-03-24T00:00:00+02:00", "x", 5])}
        return record

    def record(self, collection: str) -> Any:
        if collection == PROFILE and self.one_in(2):
            labels = {"values": [self.pick(ODD_ITEMS)]}
            return {"displayName": self.pick(ODD_TEXTS), "description": self.pick(ODD_NUMBERS), "labels": labels}
        return super().record(collection)

    def line(self) -> bytes:
        line = super().line()
        if self.one_in(6):
            line = line.replace(*self.pick(TWICE), 1)
        return line.replace(LONE.encode(), rb"\ud800")


def odd_lines(seed: int) -> list[bytes]:
    """A few thousand lines, with a conversation that is deeper than recursion goes in Spark unless it is told to."""
    return hostile_lines(random.Random(seed), Odd) + deep_conversation()


def deep_conversation(depth: int = 130) -> list[bytes]:
    lines = []
    for number in range(depth):
        record: dict[str, Any] = {"$type": POST, "text": "the carbon tax" if number == 0 else TEXTS[0], "langs": ["en"]}
        if number:
            record["reply"] = {"parent": {"uri": f"at://{DIDS[number % 2]}deep/{POST}/n{number - 1}"}}
        commit = {"operation": "create", "collection": POST, "rkey": f"n{number}", "rev": "a", "record": record}
        event = {"did": f"{DIDS[(number + 1) % 2]}deep", "time_us": TIMES[0] + number, "kind": "commit", "commit": commit}
        lines.append(json.dumps(event).encode())
    return lines


def odd_ledger(seed: int) -> bytes:
    """What a collector would never write."""
    rng = random.Random(seed)
    times = [TIMES[0], TIMES[0] + 1, TIMES[-1], float(TIMES[2]), *ODD_NUMBERS]
    kinds = ["file", "gap", "note", None]
    entries = [
        {"kind": rng.choice(kinds), "start_us": rng.choice(times), "end_us": rng.choice(times), "file": number % 9}
        for number in range(80)
    ]
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)
