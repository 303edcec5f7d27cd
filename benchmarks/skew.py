"""What a post that everybody likes costs: the same archive with and without it, from files to the release.

In the second archive so many people like one post, half as many follow its author and a tenth as many reply to it, each with
the first such action after it; nothing else changes. Personas are of what people do, so that no model is in the way.
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
from archives import DATA, worlds
from builds import MEMORY, THREADS, Run, build

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


def row(name: str, run: Run) -> str:
    return f"| {name} | {run.cpu_s:.0f} | {run.wall_s:.0f} | {run.peak_gib:.1f} | {run.slowest(6)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=int, default=4)
    parser.add_argument("--likes", type=int, default=100_000)
    parser.add_argument("--target", default="local", choices=("local", "spark"))
    parser.add_argument("--stages", nargs="+", default=["threads", "personas", "release"])
    options = parser.parse_args()
    archives = {"plain": worlds(options.millions), "skewed": skewed(options.millions, options.likes)}
    print(f"{date.today()}, {platform.machine()}; DuckDB {duckdb.__version__}, {THREADS} threads, {MEMORY}; {options}")
    print("\n| archive, to | CPU s | wall s | peak GiB | slowest, wall s |\n|---|---|---|---|---|")
    for folder in archives.values():
        shutil.rmtree(folder / f"home_{options.target}", ignore_errors=True)
    for stage in options.stages:
        for name, folder in archives.items():
            selection = ("--selector", stage, "--vars", "grouping: behaviour")
            run = build(folder / f"home_{options.target}", f"{folder}/whole/**", selection, options.target)
            print(row(f"{name}, {stage}", run), flush=True)


if __name__ == "__main__":
    main()
