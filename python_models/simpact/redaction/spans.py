"""Spans of a text: where they come from, and how those that overlap become one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

Source: TypeAlias = Literal["facet", "name", "pattern"]

# From the most specific to the least: of two entities found for the same characters, the first names them.
ENTITIES = (
    "AT_URI", "PROFILE_LINK", "DID", "EMAIL_ADDRESS", "HANDLE", "URL", "IBAN_CODE", "CRYPTO", "CREDIT_CARD", "CA_SIN", "US_SSN",
    "IP_ADDRESS", "PHONE_NUMBER", "ADDRESS", "PERSON", "LOCATION",
)  # fmt: skip
LAST_RESORT = "REDACTED"  # stands for a whole text
PLACEHOLDER = re.compile(f"<(?:{'|'.join(ENTITIES)}|{LAST_RESORT})>")
AT_SIGNS = "@＠"


class FacetSpan(NamedTuple):
    """What a post's author marked: UTF-8 byte offsets, right or wrong, and the entity that the mark stands for."""

    byte_start: int
    byte_end: int
    entity: str


class Finding(NamedTuple):
    """Personal data at the code points [start, end) of a text."""

    entity: str
    source: Source
    start: int
    end: int


class Span(NamedTuple):
    """The code points [start, end) of a text and the entity they are."""

    entity: str
    start: int
    end: int


def facet_findings(text: str, facets: Iterable[FacetSpan]) -> list[Finding]:
    """The facets in code points: cut at the ends of the text, widened to whole code points; left out when empty or reversed."""
    size = len(text) if text.isascii() else len(text.encode())
    found = []
    for byte_start, byte_end, entity in facets:
        start, end = max(byte_start, 0), min(byte_end, size)
        if start < end:
            found.append(Finding(entity, "facet", *_code_points(text, start, end)))
    return found


def _code_points(text: str, byte_start: int, byte_end: int) -> tuple[int, int]:
    if text.isascii():
        return byte_start, byte_end
    content = text.encode()
    while content[byte_start] & 0xC0 == 0x80:  # 10xxxxxx continues a code point
        byte_start -= 1
    while byte_end < len(content) and content[byte_end] & 0xC0 == 0x80:
        byte_end += 1
    start = len(content[:byte_start].decode())
    return start, start + len(content[byte_start:byte_end].decode())


def merge(text: str, findings: Iterable[Finding]) -> list[Span]:
    """Spans that do not overlap and cover all findings, in order of the text.

    A span is named by its longest facet, or else by its longest finding; ties go to the first, then to the order of ENTITIES.
    The `@` before a handle belongs to it.
    """
    merged: list[Span] = []
    members: list[Finding] = []
    for finding in sorted((_with_at_sign(text, finding) for finding in findings), key=lambda finding: finding.start):
        if merged and finding.start < merged[-1].end:
            members.append(finding)
            end = max(merged[-1].end, finding.end)
            merged[-1] = Span(min(members, key=_naming_order).entity, merged[-1].start, end)
        else:
            members = [finding]
            merged.append(Span(finding.entity, finding.start, finding.end))
    return merged


def _with_at_sign(text: str, finding: Finding) -> Finding:
    start = finding.start
    while finding.entity == "HANDLE" and start and text[start - 1] in AT_SIGNS:
        start -= 1
    return finding._replace(start=start)


def _naming_order(finding: Finding) -> tuple[bool, int, int, int]:
    rank = ENTITIES.index(finding.entity) if finding.entity in ENTITIES else len(ENTITIES)
    return finding.source != "facet", finding.start - finding.end, finding.start, rank


def outside_placeholders(text: str, findings: Iterable[Finding]) -> list[Finding]:
    """The findings less the placeholders they overlap; what is left of one without a letter or digit is none."""
    found = list(findings)
    for placeholder in PLACEHOLDER.finditer(text) if found else ():
        start, end = placeholder.span()
        found = [piece for finding in found for piece in _without(finding, start, end)]
    return [finding for finding in found if any(map(str.isalnum, text[finding.start : finding.end]))]


def _without(finding: Finding, start: int, end: int) -> Sequence[Finding]:
    if finding.end <= start or end <= finding.start:
        return [finding]
    pieces = (finding._replace(end=start), finding._replace(start=end))
    return [piece for piece in pieces if piece.start < piece.end]
