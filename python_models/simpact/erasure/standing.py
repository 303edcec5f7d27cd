"""The standing list of people who asked to be erased: no later build lands a line that names them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from simpact.whole import whole

FILE = "simpact_erased.ndjson"
DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")  # W3C DID syntax, as atproto narrows it


@dataclass(frozen=True)
class Erased:
    """A person, and the names they had as plain words: what others wrote of them must still be redacted."""

    did: str
    names: list[str]


def erased_people(home: Path) -> list[Erased]:
    """Who is on the list, in the order of DIDs; nobody where there is no list."""
    path = home / FILE
    return [Erased(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def keep_out(home: Path, did: str, names: Collection[str]) -> None:
    """Put a person on the list, which only its owner can read; names come to those that are there."""
    people = {person.did: person for person in erased_people(home)}
    known = people[did].names if did in people else []
    people[did] = Erased(did, sorted({*known, *names}))
    with whole(home / FILE) as beside, os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(json.dumps(asdict(people[did])) + "\n" for did in sorted(people))


def naming(dids: Sequence[str]) -> str | None:
    """A pattern (RE2 and Python) for a text that names one of the DIDs; None for none.

    A DID ends where a character follows that no DID has, so that a longer one is not taken for it.
    """
    if not dids:
        return None
    return "(?:" + "|".join(map(re.escape, dids)) + ")(?:[^A-Za-z0-9._:%-]|[.:](?:[^A-Za-z0-9._:%-]|$)|$)"
