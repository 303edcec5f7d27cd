"""Recognisers of numbers that a bank or a state gives, and of wallets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from presidio_analyzer import Pattern
from presidio_analyzer import predefined_recognizers as presidio

from simpact.redaction.base import SpanRecognizer


def _alone(pattern: str) -> re.Pattern[str]:
    """The pattern where it is not within a longer number."""
    return re.compile(rf"(?<!\d)(?<!\d[.,-])(?:{pattern})(?!\d|[.,-]\d)")


_CARD = _alone(r"[2-6]\d{12,18}|[2-6]\d{3}(?:[ -]?\d{4}){3}|3\d{3}[ -]?\d{6}[ -]?\d{4,5}")
_SIN = _alone(r"\d{3}(?P<gap>[ .-])\d{3}(?P=gap)\d{3}")
_SSN = _alone(r"\d{3}(?P<gap>[–-])\d{2}(?P=gap)\d{4}")
_NINE = re.compile(r"(?<!\d)\d{3}[ .–-]?\d{2}[ .–-]?\d[ .–-]?\d{3}(?!\d)")
# The word that says what nine digits are, and what may stand between it and them.
_SAYS_SIN = re.compile(r"\b(?:SIN|NAS|(?i:sin number|my sin|social insurance|assurance sociale))\b\D{0,24}$")
_SAYS_SSN = re.compile(r"\b(?:SSN|social security)\b\D{0,24}$", re.IGNORECASE)


def _passes_luhn(number: str) -> bool:
    digits = [int(char) for char in reversed(number) if char.isdecimal()]
    return sum(digit if i % 2 == 0 else sum(divmod(2 * digit, 10)) for i, digit in enumerate(digits)) % 10 == 0


class CardRecognizer(SpanRecognizer):
    """Card numbers that pass the Luhn check. Presidio's leaves out those that begin with 2 and takes identifiers with 1."""

    entity = "CREDIT_CARD"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _CARD.finditer(text):
            if _passes_luhn(match[0]):
                yield match.span()


card_possible = re.compile(r"\d{4}[ -]?\d{4}").search
nine_digits_possible = re.compile(r"\d{3}[ .–-]?\d{2}").search


class SinRecognizer(SpanRecognizer):
    """Canadian social insurance numbers that pass the Luhn check, also those that begin with 0 or 8 and are not given out.

    Nine digits without a gap are one after a word that says so.
    """

    entity = "CA_SIN"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _SIN.finditer(text):
            if _passes_luhn(match[0]) and not match[0].endswith("000 000"):  # millions
                yield match.span()
        yield from _said(text, _SAYS_SIN)


class SsnRecognizer(SpanRecognizer):
    """US social security numbers with dashes, of any area, given out or not.

    With other gaps or none, nine digits are one after a word that says so.
    """

    entity = "US_SSN"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _SSN.finditer(text):
            yield match.span()
        yield from _said(text, _SAYS_SSN)


def _said(text: str, words: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for match in _NINE.finditer(text):
        if words.search(text[max(0, match.start() - 50) : match.start()]):
            yield match.span()


class CryptoRecognizer(presidio.CryptoRecognizer):
    """Bitcoin addresses as Presidio checks them, and Ethereum addresses, whose letters need not carry a checksum."""

    def __init__(self) -> None:
        super().__init__(patterns=[*self.PATTERNS, Pattern("Ethereum", r"\b0x[0-9a-f]{40}\b", 0.5)])

    def validate_result(self, pattern_text: str) -> bool:
        """The checksum of a Bitcoin address; any Ethereum address is one."""
        return pattern_text[:2].lower() == "0x" or bool(super().validate_result(pattern_text))
