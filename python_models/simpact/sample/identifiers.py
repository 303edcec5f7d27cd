"""Identifiers in the shapes of the AT Protocol, made from numbers.

Specifications: atproto.com/specs/tid, atproto.com/specs/did, atproto.com/specs/record-key.
"""

from __future__ import annotations

import base64
import hashlib
import itertools

_SORTABLE_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
_THREE_DIGITS = ["".join(digits) for digits in itertools.product(_SORTABLE_BASE32, repeat=3)]


def tid(time_us: int, clock: int) -> str:
    """The timestamp identifier of a moment: 13 characters that sort as the moments do.

    `time_us` is in microseconds since 1970, `clock` a number from 0 to 1023 that tells two writers apart.
    """
    value = time_us << 10 | clock
    return (
        _SORTABLE_BASE32[value >> 60]
        + _THREE_DIGITS[value >> 45 & 0x7FFF]
        + _THREE_DIGITS[value >> 30 & 0x7FFF]
        + _THREE_DIGITS[value >> 15 & 0x7FFF]
        + _THREE_DIGITS[value & 0x7FFF]
    )


def did(seed: int, number: int) -> str:
    """The `did:plc` of user `number` in the world of `seed`. It belongs to nobody: a real one hashes a genesis operation."""
    digest = hashlib.blake2b(f"simpact sample {seed} {number}".encode(), digest_size=15).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()


def cid(rkey: str) -> str:
    """A content identifier (CIDv1, dag-cbor, sha2-256) for the record `rkey`. No real content has a hash with so many zeros."""
    return "bafyreia" + "a" * 38 + rkey


def post_uri(author_did: str, rkey: str) -> str:
    """The AT-URI of a post."""
    return f"at://{author_did}/app.bsky.feed.post/{rkey}"
