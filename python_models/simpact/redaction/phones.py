"""Recogniser of telephone numbers."""

from __future__ import annotations

import re

from phonenumbers import Leniency, PhoneNumberMatcher
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer import predefined_recognizers as presidio
from presidio_analyzer.nlp_engine import NlpArtifacts

_PLUS = re.compile(r"[+\uff0b]")
_DATE = re.compile(r"(?<!\d)\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d\d(?!\d)")  # with the hour after it, a number like any other
_BRITISH = re.compile(r"(?<![\d+])(?<!\d[.,-])0[1-37]\d{3}[ -]?\d{3}[ -]?\d{3}(?!\d|[.,-]\d)")


class PhoneRecognizer(presidio.PhoneRecognizer):
    """Telephone numbers as Presidio finds them, and those that no network has given out, such as the ones kept for fiction.

    All are written with a plus or the international prefix, or are those of the North American plan (Canada, the United
    States, the Caribbean) or the British.
    """

    def __init__(self) -> None:
        super().__init__(supported_regions=("US", "GB"))
        self._metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None) -> list[RecognizerResult]:
        """Presidio's findings and ours, of one score."""
        spans = [match.span() for match in _BRITISH.finditer(text)]
        for match in PhoneNumberMatcher(text, None, Leniency.POSSIBLE) if _PLUS.search(text) else ():
            if sum(map(str.isdecimal, match.raw_string)) >= 10:
                spans.append((match.start, match.end))
        results = [r for r in super().analyze(text, entities) if not _DATE.search(text[r.start : r.end])]
        results += [
            RecognizerResult("PHONE_NUMBER", *span, self.SCORE, recognition_metadata=dict(self._metadata)) for span in spans
        ]
        return EntityRecognizer.remove_duplicates(results)


# By the possible lengths in phonenumbers' metadata no number has fewer than six digits with its country code, and none of the
# two plans fewer than seven without it.
_GAP = r"(?:[xX\u30fc]|[^\w,:;!?$%])*"
phone_possible = re.compile(rf"[+\uff0b]{_GAP}(?:\d{_GAP}){{5}}\d|(?:\d{_GAP}){{6}}\d").search
