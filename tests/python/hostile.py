"""Archives such as nobody should send: Hypothesis draws them from a small world, so that everything meets everything."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

DIDS = ["did:plc:ann", "did:plc:bob", "did:web:cy.example"]
POST, LIKE, REPOST = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost"
FOLLOW, BLOCK = "app.bsky.graph.follow", "app.bsky.graph.block"
PROFILE, INTENTS = "app.bsky.actor.profile", "org.user-intents.declaration"
RKEYS = ["k1", "k2", "k3", "k4"]
REVS = ["a", "a0", "aa", "b", "b1", "c", "z"]
HOUR_US = 3_600_000_000
TIMES = [1_000_000_000_000_000 + step for step in (0, 1, 2, 999_999, 5 * HOUR_US, 30 * HOUR_US, 400 * HOUR_US)]

post_uris = st.builds("at://{}/app.bsky.feed.post/{}".format, st.sampled_from(DIDS), st.sampled_from(RKEYS))
uris = st.one_of(
    post_uris, post_uris, post_uris,
    st.sampled_from(["at://did:plc:ann/app.bsky.feed.generator/x", "at://did:plc:gone/app.bsky.feed.post/z", "not a uri", ""]),
)  # fmt: skip
scalars: st.SearchStrategy[Any] = st.sampled_from([None, True, False, 0, 7, "", "x", [], {}, {"uri": None}, {"a": [1]}, ["en"]])
texts = st.sampled_from(
    ["hello", "Hello again", "the CARBON-tax, again", "élection?", "carbonated taxes", " \t\n\r ", "", "D\0O\0N", "\u202ertl", "é", "\ufffd", "👩‍👩‍👧 hi"]
)
langs = st.sampled_from([["en"], ["en-CA"], ["EN"], ["fr", "en"], ["fr"], ["english"], [], [None], [5], "en", None, {"0": "en"}])


@st.composite
def post_records(draw: st.DrawFn) -> Any:
    if draw(st.integers(0, 19)) == 0:
        return draw(scalars)
    record: dict[str, Any] = {"$type": POST, "text": draw(texts), "langs": draw(langs)}
    if draw(st.integers(0, 15)) == 0:
        record["text"] = draw(scalars)
    if draw(st.booleans()):
        record["reply"] = {"parent": {"uri": draw(uris)}, "root": {"uri": draw(uris)}}
    kind = draw(st.integers(0, 5))
    if kind == 0:
        record["embed"] = {"$type": "app.bsky.embed.record", "record": {"uri": draw(uris)}}
    elif kind == 1:
        record["embed"] = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": draw(uris)}}}
    elif kind == 2:
        record["embed"] = draw(scalars)
    return record


@st.composite
def commits(draw: st.DrawFn) -> dict:
    collection = draw(st.sampled_from([POST, POST, POST, LIKE, LIKE, REPOST, FOLLOW, FOLLOW, BLOCK, PROFILE, INTENTS, "xyz.other"]))
    operation = draw(st.sampled_from(["create", "create", "create", "update", "delete"]))
    rkey = "self" if collection in (PROFILE, INTENTS) else draw(st.sampled_from(RKEYS))
    commit: dict[str, Any] = {"rev": draw(st.sampled_from(REVS)), "operation": operation, "collection": collection, "rkey": rkey}
    if operation != "delete":
        if collection == POST:
            commit["record"] = draw(post_records())
        elif collection in (LIKE, REPOST):
            commit["record"] = {"subject": draw(st.one_of(st.builds(lambda uri: {"uri": uri}, uris), uris, scalars))}
        elif collection in (FOLLOW, BLOCK):
            commit["record"] = {"subject": draw(st.one_of(st.sampled_from(DIDS), st.sampled_from(DIDS), scalars))}
        elif collection == INTENTS:
            allow = st.sampled_from([True, True, False, None, "false"])
            commit["record"] = {"bulkDataset": {"allow": draw(allow)}, "protocolBridging": {"allow": draw(allow)}}
        else:
            commit["record"] = draw(scalars)
    return commit


@st.composite
def events(draw: st.DrawFn) -> bytes:
    did, time_us = draw(st.sampled_from(DIDS)), draw(st.sampled_from(TIMES))
    event: dict[str, Any] = {"did": did, "time_us": time_us}
    kind = draw(st.integers(0, 19))
    if kind == 0:
        active = draw(st.sampled_from([True, True, False, None, "false"]))
        event |= {"kind": "account", "account": {"active": active, "seq": draw(st.sampled_from([1, 2, 3, None, "x"]))}}
    elif kind == 1:
        event |= draw(st.sampled_from([{"kind": "identity", "identity": {"handle": "h.example"}}, {"kind": "sync"}, {"kind": ""}]))
    else:
        event |= {"kind": "commit", "commit": draw(commits())}
    if draw(st.integers(0, 29)) == 0:
        path = draw(st.sampled_from(["did", "time_us", "kind", "commit"]))
        event[path] = draw(scalars)
    return json.dumps(event, ensure_ascii=draw(st.booleans())).encode()


junk = st.sampled_from(
    [b"", b" \t\r", b"{", b"}", b"<<<<<<< HEAD", b"=======", b">>>>>>> x", b"|||||||", b"null", b"[]", b"5", b'"x"', b"{}", b"\xff\xfe",
     b'{"did":"did:plc:ann"', b"error: closed", b"[" * 200, b"[" * 200 + b"]" * 200, b'{"a":"' + b"[" * 200 + b'"}', b"\x00",
     b'{"did":"did:plc:ann","time_us":1,"kind":"x","k":"\\ud800"}', b'{"did":"did:plc:ann","time_us":-1,"kind":"x"}',
     b'{"did":"did:plc:ann","did":"x","time_us":12,"kind":"identity"}', b'{"did":"did:plc:ann","time_us":1.5,"kind":"x"}',
     b'{"did":"did:plc:ann","time_us":"77","kind":"account","account":{"active":false}}', b'{"did":"did:plc:ann"} trailing']
)  # fmt: skip
lines = st.one_of(events(), events(), events(), events(), events(), junk)


@st.composite
def archives(draw: st.DrawFn) -> dict[str, list[bytes]]:
    """One to three files of lines; some lines stand in several files, or twice in one."""
    pool = draw(st.lists(lines, min_size=1, max_size=40))
    again = draw(st.lists(st.sampled_from(pool), max_size=8))
    every = draw(st.permutations(pool + again))
    cuts = sorted(draw(st.lists(st.integers(0, len(every)), max_size=2)))
    edges = [0, *cuts, len(every)]
    return {f"{number}.ndjson": every[start:end] for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False))}
