"""Recognisers of what names an account or a record on Bluesky. Specifications: atproto.com/specs/{handle,did,at-uri-scheme}."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simpact.redaction.base import SpanRecognizer
from simpact.redaction.spans import AT_SIGNS
from simpact.redaction.web import BODY, trimmed

# Servers and bridges under whose domain an account gets its handle: such a name is one without an @ too.
_HANDLE_DOMAINS = (
    "bsky.social", "bsky.team", "brid.gy", "blacksky.app", "eurosky.social", "northsky.social", "selfhosted.social", "tngl.sh",
)  # fmt: skip

_BARE_DOMAIN = re.compile(rf"\.(?:{'|'.join(map(re.escape, _HANDLE_DOMAINS))})(?![A-Za-z0-9_-])", re.IGNORECASE | re.ASCII)
_BARE_NAME = re.compile(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)++")

# Of a plain name. In other scripts it would take in the sentence: Japanese writes @ for "at", and no spaces.
_WORD = "A-Za-z0-9_\u00c0-\u024f"
_AFTER_AT = re.compile(
    rf"(?<![A-Za-z0-9\u00c0-\u024f])[{AT_SIGNS}]"
    rf"(?P<name>[{_WORD}]+(?:(?:\.|-+)[{_WORD}]+)*)"
    rf"(?:[{AT_SIGNS}][{_WORD}]+(?:(?:\.|-+)[{_WORD}]+)*)?"  # @name@server of the fediverse
)
_AMOUNT = re.compile(r"[0-9][0-9.,:_-]*(?:[ap]m|[hkmx]|h[0-9]{2}|ish|st|nd|rd|th|ghz|mhz|fps|hz|p)?|_+", re.IGNORECASE)

_DID = re.compile(
    r"(?<![A-Za-z0-9])did:(?:(?:plc|web):[A-Za-z0-9._:%-]*[A-Za-z0-9_-]|[a-z0-9]+:[A-Za-z0-9._:%-]{19,}[A-Za-z0-9_-])",
    re.IGNORECASE | re.ASCII,
)
_AT_URI = re.compile(rf"at://{BODY}", re.IGNORECASE)
# Every front end has the paths of bsky.app. An actor is a DID or a handle, which has a dot.
_PROFILE = re.compile(
    rf"(?<![A-Za-z0-9.-])(?:https?://)?[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++(?::[0-9]+)?/profile/"
    rf"(?:did:|@?[A-Za-z0-9-]+\.[A-Za-z0-9-])(?:{BODY})?",
    re.IGNORECASE | re.ASCII,
)


class HandleRecognizer(SpanRecognizer):
    """`@name` of any network, and names under the domain of a well-known server."""

    entity = "HANDLE"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _AFTER_AT.finditer(text):
            if not _AMOUNT.fullmatch(match["name"]):
                yield match.span()
        for match in _BARE_NAME.finditer(text) if _BARE_DOMAIN.search(text) else ():
            for domain in _BARE_DOMAIN.finditer(text, match.start(), match.end()):
                yield match.start(), domain.end()


def handle_possible(text: str) -> bool:
    return any(sign in text for sign in AT_SIGNS) or bool(_BARE_DOMAIN.search(text))


class DidRecognizer(SpanRecognizer):
    """Decentralised identifiers of any method; each leads to the account."""

    entity = "DID"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _DID.finditer(text):
            yield match.span()


class AtUriRecognizer(SpanRecognizer):
    """URIs of records and accounts."""

    entity = "AT_URI"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _AT_URI.finditer(text):
            yield match.start(), trimmed(text, match.start(), match.end())


class ProfileLinkRecognizer(SpanRecognizer):
    """Links to an account or one of its posts on bsky.app or any other front end, with or without a scheme."""

    entity = "PROFILE_LINK"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _PROFILE.finditer(text):
            yield match.start(), trimmed(text, match.start(), match.end())
