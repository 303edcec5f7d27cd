"""Which servers to ask, in which order, and how long to wait for them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from simpact.errors import UserError

# Bluesky's own, by protocol: the numbered ones knew v1 alone in August 2026 (bluesky-social/jetstream, issue 343).
DEFAULT = {
    "v1": tuple(f"jetstream{number}.us-{coast}.bsky.network" for coast in ("east", "west") for number in (1, 2)),
    "v2": ("jetstream.us-east.bsky.network", "jetstream.us-west.bsky.network"),
}
_HOST = re.compile(r"[\w.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")


def addresses(names: Iterable[str]) -> tuple[str, ...]:
    """The servers as `wss://host`. Raises UserError for what is no server, and where none is given."""
    given = tuple(dict.fromkeys(name.strip().rstrip("/") for name in names if name.strip()))
    if not given:
        raise UserError("No host is given: name at least one, such as jetstream1.us-east.bsky.network.")
    return tuple(_address(name) for name in given)


def _address(name: str) -> str:
    scheme, separator, host = name.rpartition("://")
    if not _HOST.fullmatch(host) or scheme not in (("ws", "wss") if separator else ("",)):
        raise UserError(f"'{name}' is no host: give a name such as jetstream1.us-east.bsky.network, or ws://localhost:6008.")
    address = f"{scheme or 'wss'}://{host}"
    try:
        urlsplit(address).port  # noqa: B018 - it is checked when it is read
    except ValueError:
        raise UserError(f"'{name}' is no host: its port is none.") from None
    return address


class Hosts:
    """The server in use, the next one after a failure, and an exponential wait with jitter once all have failed."""

    def __init__(self, names: tuple[str, ...], first_wait_s: float = 1.0, longest_wait_s: float = 60.0) -> None:
        self._names = names
        self._failures = 0
        self._position = 0
        self._first_wait_s, self._longest_wait_s = first_wait_s, longest_wait_s

    @property
    def current(self) -> str:
        return self._names[self._position]

    @property
    def failed_rounds(self) -> int:
        """How often all of them have failed, one after the other."""
        return self._failures // len(self._names)

    def prefer(self, name: str | None) -> None:
        """Begin with this one, if it is there: its clock is the one the last event was read from."""
        if name in self._names:
            self._position = self._names.index(name)

    def worked(self) -> None:
        self._failures = 0

    def failed(self) -> float:
        """Turn to the next one; returns how many seconds to wait before it is asked."""
        self._failures += 1
        self._position = (self._position + 1) % len(self._names)
        if self._failures % len(self._names):
            return 0.0
        longest = min(self._longest_wait_s, self._first_wait_s * 2.0 ** (self.failed_rounds - 1))
        return longest * random.uniform(0.5, 1.0)
