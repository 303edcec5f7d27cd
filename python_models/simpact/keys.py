"""The key of the warehouse: read from the environment, held in this process, written nowhere."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from simpact.errors import UserError

LEAST_BYTES = 32  # as long as the hash (RFC 2104, section 3)
KEY_NAME = "name of the key"


class Key:
    """Gives HMAC-SHA256 values (RFC 2104) and shows nothing else of itself."""

    def __init__(self, secret: bytes) -> None:
        self._hmac = hmac.new(secret, digestmod=hashlib.sha256)

    def __call__(self, message: str) -> str:
        """The 64 hexadecimal digits that belong to a message."""
        keyed = self._hmac.copy()
        keyed.update(message.encode())
        return keyed.hexdigest()

    @property
    def name(self) -> str:
        """Eight digits that tell keys apart: what a key makes of a text that is used for nothing else."""
        return self(KEY_NAME)[:8]


def read_key(environment: Mapping[str, str], is_required: bool) -> Key:
    """The key that SIMPACT_KEY holds, or one for this process alone.

    Raises UserError when the key is too short, or missing though it is required.
    """
    secret = environment.get("SIMPACT_KEY", "").strip().encode()
    if not secret and not is_required:
        return Key(secrets.token_bytes(LEAST_BYTES))
    if len(secret) < LEAST_BYTES:
        found = f"has {len(secret)} bytes" if secret else "is not set"
        raise UserError(
            f"SIMPACT_KEY {found}: set it to {LEAST_BYTES} random bytes or more, as `openssl rand -base64 32` prints."
        )
    return Key(secret)


@contextmanager
def hidden_key(environment: MutableMapping[str, str]) -> Iterator[None]:
    """An environment without the key, for as long as it takes to start what would inherit it."""
    secret = environment.pop("SIMPACT_KEY", None)
    try:
        yield
    finally:
        if secret is not None:
            environment["SIMPACT_KEY"] = secret
