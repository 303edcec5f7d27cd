"""The edge cases seen in real archives, and the hostile ones that nobody has sent yet.

Counts of the real ones (1.80 M events of one hour): 12 posts with U+0000, 24 without text, 279 beyond 300 code points, 4,248
second likes, 3,047 self-likes, 62 likes of something that is not a post. The paper's own archive holds git conflict markers and
blank lines. Cycles, forged roots and deep nesting were never seen in an honest repository.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simpact.sample.identifiers import cid, post_uri, tid
from simpact.sample.world import World, compact_json

Oddity = Callable[[World], list[bytes]]
ODDITIES: list[Oddity] = []


def oddity(function: Oddity) -> Oddity:
    """Add a kind of oddity; each call of it gives a few lines."""
    ODDITIES.append(function)
    return function


def _commit(
    world: World, user: int, collection: str, record: Any, operation: str = "create", rkey: str = "", rev: str = ""
) -> bytes:
    body = None if record is None else compact_json(record)
    return world.commit(user, operation, collection, rkey or world.rkey(user), body, rev=rev)


def _post(world: World, user: int | None = None, rkey: str = "", **fields: Any) -> bytes:
    user = world.population.draw(world.rng) if user is None else user
    record = {"$type": "app.bsky.feed.post", "createdAt": world.created_at(), "langs": ["en"], **fields}
    return _commit(world, user, "app.bsky.feed.post", {k: v for k, v in record.items() if v is not ...}, rkey=rkey)


def _like(world: World, user: int, uri: str, collection: str = "app.bsky.feed.like") -> bytes:
    record = {"$type": collection, "createdAt": world.created_at(), "subject": {"cid": cid("2" * 13), "uri": uri}}
    return _commit(world, user, collection, record)


@oddity
def texts(world: World) -> list[bytes]:
    """Characters that break naive readers, all legal."""
    return [
        _post(world, text="D\u0000O\u0000N\u0000G"),
        _post(world, text="colour codes \u0003 and \u0008 from another age"),
        _post(world, text="right \u202eto left\u202c and back"),
        _post(world, text="مرحبا بالعالم"),
        _post(world, text="zero\u200bwidth\u200bspaces"),
        _post(world, text="a character lost in transit: \ufffd"),
        _post(world, text="Z\u0351\u036b\u0343\u036a\u0302a\u0316\u0347l\u0489g\u0321o"),
        _post(world, text="👩‍👩‍👧‍👦" * 60),  # 420 code points, 60 graphemes
        _post(world, text="x" * 302),
        _post(world, text=""),
        _post(world, text="   \n\t "),
        _post(world),
    ]


@oddity
def lone_surrogate(world: World) -> list[bytes]:
    """An escape that no UTF-8 text can hold, as a careless JSON writer makes it."""
    return [_post(world, text="half a pair: SURROGATE").replace(b"SURROGATE", b"\\ud83d")]


@oddity
def languages(world: World) -> list[bytes]:
    return [
        _post(world, text="tagged as jp", langs=["jp"]),
        _post(world, text="a language that is no tag", langs=["Angika", "en"]),
        _post(world, text="no list at all", langs="en"),
        _post(world, text="en in capitals", langs=["EN-ca"]),
    ]


@oddity
def claimed_times(world: World) -> list[bytes]:
    claims = (
        "0001-01-01T00:00:00Z",
        "2826-07-04T12:00:00.000Z",
        "2025-03-10T10:00:00+02:00",
        "2025-03-10T10:00:00.123456Z",
        "soon",
    )
    return [_post(world, text=f"claimed to be of {claim[:4]}", createdAt=claim) for claim in claims]


@oddity
def extra_fields(world: World) -> list[bytes]:
    return [
        _post(
            world,
            text="from a bridge",
            bridgyOriginalText="<p>from a bridge</p>",
            via="SomeClient 2.1",
            fediverseId="https://example.com/1",
        ),
        _post(
            world,
            text="labelled",
            labels={"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "porn"}]},
            tags=["a", "b"],
        ),
    ]


@oddity
def unusual_targets(world: World) -> list[bytes]:
    """Likes of things that are no posts, of oneself, twice; a record without its subject."""
    user, post = world.population.draw(world.rng), world.some_post()
    did = world.population.people[user].did
    lines = [
        _like(world, user, f"at://{did}/app.bsky.feed.generator/aaaaa7r6lcny2"),
        _like(world, user, f"at://{did}/app.bsky.labeler.service/self"),
        _like(world, user, "not a uri"),
        _commit(world, user, "app.bsky.feed.like", {"$type": "app.bsky.feed.like", "createdAt": world.created_at()}),
        _commit(world, user, "app.bsky.graph.follow", {"createdAt": world.created_at(), "subject": did}),
        _commit(world, user, "app.bsky.feed.repost", None),
        _commit(
            world, user, "app.bsky.feed.like", {"subject": {"uri": f"at://{did}/app.bsky.feed.post/x"}}, operation="update"
        ),
    ]
    if post:
        own = post_uri(world.population.people[post.author].did, post.rkey)
        lines += [
            _like(world, post.author, own),
            _like(world, post.author, own),
            _like(world, post.author, own, "app.bsky.feed.repost"),
        ]
    return lines


@oddity
def forged_replies(world: World) -> list[bytes]:
    """A post that answers itself, two that answer each other, a root that is not the top of the path."""
    user = world.population.draw(world.rng)
    did, keys = world.population.people[user].did, [tid(world.clock_us + n, 0) for n in range(5)]
    uris = [post_uri(did, key) for key in keys]

    def reply(number: int, parent: int, root: int, text: str) -> bytes:
        links = {"parent": {"cid": cid(keys[parent]), "uri": uris[parent]}, "root": {"cid": cid(keys[root]), "uri": uris[root]}}
        return _post(world, user, rkey=keys[number], text=text, reply=links)

    return [
        reply(0, 0, 0, "I answer myself"),
        reply(1, 2, 2, "first of a pair"),
        reply(2, 1, 1, "second of a pair"),
        _post(world, user, rkey=keys[3], text="an honest opening"),
        reply(4, 3, 0, "with a forged root"),
    ]


@oddity
def created_again(world: World) -> list[bytes]:
    """One post created twice under two revisions, and one whose delete came before its create."""
    user = world.population.draw(world.rng)
    first, second = tid(world.clock_us + 10, 0), tid(world.clock_us + 11, 0)
    record = {"$type": "app.bsky.feed.post", "createdAt": world.created_at(), "langs": ["en"], "text": "said twice"}
    revs = [tid(world.clock_us + n, 5) for n in range(20, 24)]
    return [
        _commit(world, user, "app.bsky.feed.post", record, rkey=first, rev=revs[0]),
        _commit(world, user, "app.bsky.feed.post", record, rkey=first, rev=revs[1]),
        _commit(world, user, "app.bsky.feed.post", None, operation="delete", rkey=second, rev=revs[3]),
        _commit(world, user, "app.bsky.feed.post", record, rkey=second, rev=revs[2]),
    ]


@oddity
def one_commit(world: World) -> list[bytes]:
    """A thread written at once: three posts and a follow in one commit share rev and time."""
    user, rev = world.population.draw(world.rng), tid(world.clock_us + 50, 9)
    did = world.population.people[user].did
    lines = []
    for number in range(3):
        record = {
            "$type": "app.bsky.feed.post",
            "createdAt": world.created_at(),
            "langs": ["en"],
            "text": f"part {number + 1} of 3",
        }
        key = tid(world.clock_us + number, 9)
        lines.append(_commit(world, user, "app.bsky.feed.post", record, rkey=key, rev=rev))
    follow = {"$type": "app.bsky.graph.follow", "createdAt": world.created_at(), "subject": did}
    return [*lines, _commit(world, user, "app.bsky.graph.follow", follow, rev=rev)]


@oddity
def other_kinds(world: World) -> list[bytes]:
    did = world.population.people[world.population.draw(world.rng)].did
    return [
        compact_json({"did": did, "time_us": world.clock_us, "kind": "sync", "sync": {"rev": tid(world.clock_us, 3)}}).encode(),
        _commit(world, 0, "app.bsky.feed.post", "not an object"),
    ]


@oddity
def unusable_lines(world: World) -> list[bytes]:
    """What is no event at all; each must be kept as a reject without harm to the lines around it."""
    whole = _post(world, text="cut off in the middle")
    return [
        b"",
        b"  \t",
        b"<<<<<<< HEAD",
        b"=======",
        b">>>>>>> placeholder",
        whole[: len(whole) // 2],
        b"error: upstream connection reset",
        b'{"message":"valid JSON of another shape"}',
        b"[1,2,3]",
        whole.replace(b"cut off in the middle", b"\xff\xfe not UTF-8"),
        _post(world, text="evil", nested="NESTED").replace(b'"NESTED"', b"[" * 200 + b"]" * 200),
        _post(world, text="y" * 1_200_000),
    ]
