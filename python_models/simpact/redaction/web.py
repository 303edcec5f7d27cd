"""Recognisers of what leads to a place on the net: e-mail addresses, URLs and IP addresses.

Presidio has these three. Its URLs take words on both sides of a full stop (`I agree.No way`), its e-mail addresses ask the
network for a copy of the public suffix list, and its IP addresses are found in version numbers and `::`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import cache

import tldextract

from simpact.redaction.base import SpanRecognizer
from simpact.redaction.spans import AT_SIGNS

BODY = r"[^\s<>\"“”«»、。！？；（）「」『』【】…]+…?"  # of a URL, before `trimmed`
_TRAIL = ".,;:!?'’)]}*_~|"
_LATIN = "A-Za-z0-9_\u00c0-\u024f"  # a host of another script needs its scheme to be told from the sentence around it

_LOCAL = rf"{_LATIN}.!#$%&'*+/=?^`{{|}}~-"
_EMAIL = re.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}]++[{AT_SIGNS}][{_LATIN}-]+(?:\.[{_LATIN}-]+)*\.[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_WITH_SCHEME = re.compile(rf"(?P<scheme>[A-Za-z][A-Za-z0-9+-]{{0,30}})://{BODY}")
_HOST = re.compile(rf"(?P<at>[{AT_SIGNS}]?)(?<![{_LATIN}-])(?P<host>[{_LATIN}-]++(?:\.[{_LATIN}-]++)+)")
_PATH = re.compile(rf"(?::[0-9]{{1,5}})?(?:[/?#](?:{BODY})?)?")

# Endings that are words too, or endings of file names. A host under one is a URL only with more to it than one dot.
_WORDS = frozenset(
    {
        "ad", "am", "an", "as", "at", "be", "best", "bot", "by", "cool", "do", "et", "free", "fun", "good", "help", "how", "il",
        "in", "is", "it", "la", "like", "love", "ma", "man", "md", "me", "mom", "mov", "my", "ne", "new", "next", "no", "now",
        "one", "open", "play", "pm", "py", "read", "rs", "sa", "sh", "so", "to", "today", "us", "va", "watch", "win", "wow",
        "wtf", "you", "zip",
    }
)  # fmt: skip
_SURE = frozenset({"ca", "com", "edu", "gov", "info", "net", "org", "uk"})  # no sentence begins with one
_SHORT_HOSTS = frozenset({"youtu.be", "about.me"})

_IPV4 = re.compile(
    r"(?<![\w.])(?<!v\.)(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:/[0-9]{1,2}|:[0-9]{1,5})?(?![\w]|\.[0-9])", re.ASCII
)
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f:.]{3,45}+(?:/[0-9]{1,3})?(?!\w)", re.ASCII | re.IGNORECASE)
_RELEASE = re.compile(r"\b(?:v|ver|version|release|build|firmware|section)[.:]?\s*$", re.IGNORECASE)


def trimmed(text: str, start: int, end: int) -> int:
    """Where a URL ends once the punctuation of the sentence is off.

    A bracket that it opened stays, and so do the dots with which apps shorten a link.
    """
    while end > start and text[end - 1] in _TRAIL and not text.endswith("...", start, end):
        if text[end - 1] == ")" and "(" in text[start:end]:
            break
        end -= 1
    return end


@cache
def _top_level_domains() -> frozenset[str]:
    """From the snapshot of the public suffix list in tldextract's package, and the ending of documentation (RFC 2606).

    Nothing is fetched and nothing written.
    """
    extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    return frozenset(suffix.rpartition(".")[2] for suffix in extract.tlds) | {"example"}


class EmailRecognizer(SpanRecognizer):
    """Addresses under any top-level domain, known or not."""

    entity = "EMAIL_ADDRESS"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _EMAIL.finditer(text):
            yield match.span()


def email_possible(text: str) -> bool:
    return any(sign in text for sign in AT_SIGNS)


class UrlRecognizer(SpanRecognizer):
    """What has a scheme, and hosts under a known top-level domain, with or without a path."""

    entity = "URL"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _WITH_SCHEME.finditer(text) if "://" in text else ():
            if match["scheme"].lower() != "at":
                yield match.start(), trimmed(text, match.start(), match.end())
        for match in _HOST.finditer(text):
            if match["at"] or text[match.end() : match.end() + 1] in tuple(AT_SIGNS):
                continue  # part of a handle or an e-mail address
            labels = match["host"].split(".")
            end = match.end()
            while len(labels) > 1:
                path = _PATH.match(text, end) if end == match.end() else None
                path_end = trimmed(text, end, path.end()) if path else end
                if _is_host(labels, path_end > end):
                    yield match.start("host"), path_end
                    break
                end -= len(labels.pop()) + 1


def url_possible(text: str) -> bool:
    return "://" in text or bool(_DOT_LETTER(text))


_DOT_LETTER = re.compile(r"\.[^\W\d_]").search


def _is_host(labels: list[str], has_path: bool) -> bool:
    ending = labels[-1]
    name, domain = labels[-2], ending.lower()
    if domain not in _top_level_domains():
        return False
    if ending[0].isupper() and not ending.isupper() and domain not in _SURE:
        return has_path  # the first word of a sentence, without the space before it
    if domain in _WORDS or name.isdigit():
        is_mixed = "-" in name or (any(map(str.isdigit, name)) and not name.isdigit())
        several = len(labels) > 2 and all(len(label) > 1 for label in labels)
        return has_path or several or is_mixed or domain in _SURE or f"{name}.{domain}".lower() in _SHORT_HOSTS
    return True


class IpRecognizer(SpanRecognizer):
    """Addresses of version 4, with port or prefix, and of version 6. Four numbers after `version` are none."""

    entity = "IP_ADDRESS"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _IPV4.finditer(text):
            before = text[max(0, match.start() - 20) : match.start()]
            if all(int(part) < 256 for part in match["host"].split(".")) and not _RELEASE.search(before):
                yield match.span()
        for match in _IPV6.finditer(text):
            host = match[0].partition("/")[0].rstrip(".")
            if any(map(str.isdigit, host)) and _is_ipv6(host):
                yield match.start(), match.start() + len(match[0].rstrip("."))


def ip_possible(text: str) -> bool:
    return bool(_IPV4.search(text)) or text.count(":") > 1


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
