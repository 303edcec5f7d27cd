"""The same archive with a post that everybody likes.

So many people like it, half as many follow its author and a tenth as many reply to it, each with the first such action on a
later day; nothing else changes.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from archives import DATA, worlds

from simpact.compression import zstd

DID = re.compile(rb'\{"did":"(did:plc:[a-z2-7]{24})"')
RKEY = re.compile(rb'"rkey":"([^"]+)"')
CREATES = b'"operation":"create","collection":"%s"'
LIKE, FOLLOW, POST = (CREATES % name for name in (b"app.bsky.feed.like", b"app.bsky.graph.follow", b"app.bsky.feed.post"))
POST_CHANGES = re.compile(rb'"operation":"(?:update|delete)","collection":"app.bsky.feed.post"')
INTENTS = b"org.user-intents."
# Of a record, what it is directed at.
SUBJECT_URI, SUBJECT, PARENT_AND_ROOT = (
    re.compile(rb'("subject":\{[^{}]*"uri":")[^"]+'),
    re.compile(rb'("subject":")did:[^"]+'),
    re.compile(rb'("(?:parent|root)":\{[^{}]*"uri":")[^"]+'),
)


def skewed(millions: int, likes: int) -> Path:
    """The archive of that size, with one famous post. Ends with an error where fewer people than asked for can like it."""
    folder = DATA / f"{millions}_worlds_with_{likes}_likes"
    unfinished = folder / "unfinished"
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        plain = worlds(millions) / "whole"
        days = sorted(plain.rglob("*.zst"))
        famous = Famous(likes, lasting_post(days))
        for day in days:
            lines = zstd.decompress(day.read_bytes()).splitlines(keepends=True)
            to = unfinished / day.relative_to(plain)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(zstd.compress(b"".join(lines if day == days[0] else map(famous.redirected, lines))))
        assert not any(famous.left.values()), f"too few people act after the post: {famous.left}"
        (folder / "famous").write_bytes(famous.uri)
        unfinished.rename(folder / "whole")
    return folder


def lasting_post(days: list[Path]) -> tuple[bytes, bytes]:
    """The author and the record key of an English post of the first day that stays as it is, by somebody who stays too."""
    posts, gone = [], set()
    for day in days:
        for line in zstd.decompress(day.read_bytes()).splitlines():
            if not (person := DID.match(line)):
                continue
            rkey = RKEY.search(line)
            if rkey is None or INTENTS in line:  # without a key a line speaks of the account
                gone.add(person[1])
            elif POST_CHANGES.search(line):
                gone.add((person[1], rkey[1]))
            elif day == days[0] and POST in line and b'"langs":["en"]' in line and b'"reply":' not in line:
                posts.append((person[1], rkey[1]))
    return next(post for post in posts if not gone & {post, post[0]})


class Famous:
    """A post, and the lines of later days that are turned to it."""

    def __init__(self, likes: int, post: tuple[bytes, bytes]) -> None:
        self.did, self.uri = post[0], b"at://%s/app.bsky.feed.post/%s" % post
        self.left = {LIKE: likes, FOLLOW: likes // 2, POST: likes // 10}
        self.have_acted = {kind: {self.did} for kind in self.left}

    def redirected(self, line: bytes) -> bytes:
        kind = next((kind for kind in self.left if kind in line), None)
        person = DID.match(line)
        if kind is None or person is None or not self.left[kind] or person[1] in self.have_acted[kind]:
            return line
        pattern, target = {LIKE: (SUBJECT_URI, self.uri), FOLLOW: (SUBJECT, self.did), POST: (PARENT_AND_ROOT, self.uri)}[kind]
        found, n = pattern.subn(rb"\g<1>" + target, line)
        if n:
            self.left[kind] -= 1
            self.have_acted[kind].add(person[1])
        return found
