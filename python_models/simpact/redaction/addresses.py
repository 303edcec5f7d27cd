"""Recogniser of postal addresses, as far as patterns go: a number, a street with a word that says so, and what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simpact.redaction.base import SpanRecognizer

_NUMBER = r"(?<![\w.,/$€£#-])\d{1,5}(?:-\d{1,5})?[A-Za-z]?(?: ?(?:bis|ter|1/2|½))?"
_WORD = r"(?:[A-ZÀ-Þ][\w'’.-]*|\d{1,3}(?:st|nd|rd|th|e))"  # of a name, in capitals, or the number of a street
_KIND = (
    r"(?:Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Crt|Ct|Place|Pl|Crescent|Cres|Terrace|Terr|"
    r"Circle|Cir|Highway|Hwy|Parkway|Pkwy|Square|Sq|Trail|Way|Close|Mews|Gardens|Grove|Row|Line|Sideroad|Concession)"
)
_KIND_FR = (
    r"(?:rue|avenue|av\.|boulevard|boul\.|bd|chemin|ch\.|place|allée|impasse|quai|route|rte|cours|rang|montée|côte|croissant|"
    r"square|passage|ruelle|terrasse)"
)
_SIDE = r"(?:,? (?:N|S|E|W|NE|NW|SE|SW|O|North|South|East|West|Nord|Sud|Est|Ouest)\b\.?)"
_UNIT = r"(?:,? ?(?:#|(?i:apt|apartment|unit|suite|ste|floor|app|appartement|bureau|étage|flat|room)\b\.? ?#?) ?\w{1,6})"
_UNIT_FIRST = r"(?:\b(?i:apt|apartment|unit|suite|flat)\b\.? ?#?\w{1,6}(?:,| [–-]) )"
_REGION = (
    r"\(?(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|PEI|QC|SK|YT|Alberta|British Columbia|Manitoba|New Brunswick|Newfoundland|"
    r"Nova Scotia|Ontario|Qu[ée]bec|Saskatchewan|"
    r"A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\)?(?!\w)"
)
_CANADIAN_CODE = r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?-?\d[ABCEGHJ-NPRSTV-Z]\d"
_CODE = rf"(?:{_CANADIAN_CODE}|\d{{5}}(?:-\d{{4}})?|[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}})(?!\w)"
_CITY = r"[A-ZÀ-Þ][\w'’.-]*[\w](?:[ -](?:[a-z]{1,3}[ -])*[A-ZÀ-Þ][\w'’-]*\w){0,3}"
# A city stands behind a comma, or behind a space where a comma, a region or a code follows or a code stands before it.
_PLACE = rf"(?:,?\s\d{{5}} {_CITY}|,?\s(?:{_CODE} )?{_CITY}(?=,|\s\(?[A-Z]{{2}}\b|\s{_CODE})|,\s(?:{_CODE} )?{_CITY})"
_TAIL = rf"{_SIDE}?{_UNIT}?{_PLACE}?(?:,?\s{_REGION})?(?:,?\s{{1,2}}{_CODE})?"

_PATTERNS = [
    re.compile(rf"{_UNIT_FIRST}?{_NUMBER},? (?:{_WORD} ){{1,4}}{_KIND}\b\.?(?!['’-]\w){_TAIL}"),
    re.compile(
        rf"{_NUMBER},? (?i:{_KIND_FR}) (?:(?:(?i:de la|de l['’]|des|du|de|d['’]|la|le|les|aux?|l['’]) ?){{0,2}}"
        rf"{_WORD}(?:[ -](?:(?:de la|des|du|de|d['’]|la|le|les) ?)?{_WORD}){{0,4}}){_TAIL}"
    ),
    re.compile(rf"(?i:\b(?:P\.? ?O\.? ?Box|post office box|case postale|C\. ?P\.) ?#?\d{{1,6}})\b{_TAIL}"),
    re.compile(rf"(?<![\w-])(?:{_CANADIAN_CODE})(?![\w-])"),
    re.compile(rf"(?<![\w-])(?:(?i:{_CANADIAN_CODE.replace(' ?-?', ' ')}))(?![\w-])"),
]


class AddressRecognizer(SpanRecognizer):
    """Street addresses, English and French, with unit, city, region and postal code; boxes; lone Canadian postal codes."""

    entity = "ADDRESS"

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for pattern in _PATTERNS:
            for match in pattern.finditer(text):
                yield match.span()


_CODE_SHAPE = r"(?i:[A-Z])\d(?i:[A-Z])[ -]{0,2}\d(?i:[A-Z])\d"
address_possible = re.compile(
    rf"\d[A-Za-z]?(?: ?(?:bis|ter|1/2|½))?,? (?:[A-ZÀ-Þ\d]|(?i:{_KIND_FR}) )|(?i:box|postale|P\.) ?#?\d|{_CODE_SHAPE}"
).search
