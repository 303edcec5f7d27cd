"""The recognisers, and for each a cheap condition that a text must meet to hold anything it finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from presidio_analyzer import EntityRecognizer
from presidio_analyzer.predefined_recognizers import IbanRecognizer

from simpact.redaction import addresses, bluesky, numbers, phones, web


class Guarded(NamedTuple):
    """A recogniser, and what is true of every text in which it finds anything. Unicode's digits count where they do for it."""

    recogniser: EntityRecognizer
    needs_digit: bool
    possible: Callable[[str], object]


def recognisers() -> list[Guarded]:
    """All that need no model."""
    found = [
        Guarded(bluesky.HandleRecognizer(), False, bluesky.handle_possible),
        Guarded(bluesky.DidRecognizer(), False, partial(_holds, ":")),
        Guarded(bluesky.AtUriRecognizer(), False, partial(_holds, "://")),
        Guarded(bluesky.ProfileLinkRecognizer(), False, partial(_holds, "/profile/")),
        Guarded(web.EmailRecognizer(), False, web.email_possible),
        Guarded(web.UrlRecognizer(), False, web.url_possible),
        Guarded(web.IpRecognizer(), True, web.ip_possible),
        Guarded(phones.PhoneRecognizer(), True, phones.phone_possible),
        Guarded(IbanRecognizer(), True, re.compile(r"[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}").search),
        Guarded(numbers.CryptoRecognizer(), True, re.compile(r"[A-Za-z0-9]{26}").search),
        Guarded(numbers.CardRecognizer(), True, numbers.card_possible),
        Guarded(numbers.SinRecognizer(), True, numbers.nine_digits_possible),
        Guarded(numbers.SsnRecognizer(), True, numbers.nine_digits_possible),
        Guarded(addresses.AddressRecognizer(), True, addresses.address_possible),
    ]
    for guarded in found:
        guarded.recogniser.context = []  # words around a finding raise its score, and every score is enough
    return found


has_digit = re.compile(r"\d").search


def _holds(piece: str, text: str) -> bool:
    return piece in text
