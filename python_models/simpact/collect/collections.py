"""Which collections of records are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from simpact.errors import UserError

INTENTS = "org.user-intents.declaration"  # always asked for: who says no must be heard

# What the warehouse makes something of (seeds/action_types.csv, models/staging).
DEFAULT = (
    "app.bsky.feed.post",
    "app.bsky.feed.like",
    "app.bsky.feed.repost",
    "app.bsky.graph.follow",
    "app.bsky.graph.block",
    "app.bsky.actor.profile",
    INTENTS,
)
# Records of Bluesky's own lexicons, to tell a slip of the pen. Those of others are asked for as they are given.
BLUESKY = (
    *DEFAULT[:-1],
    *("app.bsky.actor.status", "app.bsky.feed.generator", "app.bsky.feed.postgate", "app.bsky.feed.threadgate"),
    *("app.bsky.graph.list", "app.bsky.graph.listblock", "app.bsky.graph.listitem", "app.bsky.graph.starterpack"),
    *("app.bsky.graph.verification", "app.bsky.labeler.service", "app.bsky.notification.declaration"),
    "chat.bsky.actor.declaration",
)
MOST = 100  # that a server takes
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z0-9][a-zA-Z0-9-]*)+(\.[a-zA-Z][a-zA-Z0-9]*|\.\*)")


def wanted(names: Iterable[str]) -> tuple[str, ...]:
    """The collections to ask for: those given, or the default ones, and in any case people's declared intents.

    A name may end in `.*`. Raises UserError for one that no server would know.
    """
    given = tuple(dict.fromkeys(name.strip() for name in names if name.strip())) or DEFAULT
    for name in given:
        prefix = name.removesuffix("*")
        is_bluesky = name.startswith(("app.bsky.", "chat.bsky."))
        if not _NAME.fullmatch(name):
            raise UserError(f"'{name}' is no collection: give names such as app.bsky.feed.post, or app.bsky.graph.*")
        if is_bluesky and not any(known.startswith(prefix) if prefix != name else known == name for known in BLUESKY):
            close = get_close_matches(name, BLUESKY, 1)
            hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(BLUESKY)}."
            raise UserError(f"Bluesky has no collection '{name}': {hint}")
    all_names = given if INTENTS in given else (*given, INTENTS)
    if len(all_names) > MOST:
        raise UserError(f"{len(all_names)} collections are too many: a server takes {MOST}.")
    return all_names
