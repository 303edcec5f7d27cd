"""What the redaction finds of what it should: recall, precision and F2 by mention and by code point.

presidio-evaluator measures too, but it is a heavy dependency for this little, and its templates have no handles and no DIDs.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simpact.redaction.redactor import Redactor
from simpact.redaction.spans import Span
from simpact.sample import pii

_TEMPLATES = Path(__file__).with_name("templates.toml")
_SLOT = re.compile(r"\{([A-Z_]+)\}")
_PIECE = re.compile(r"#|\{([a-z]+)\}")
_HARD_NEGATIVE_SHARE = 0.25
_BASE32, _HEX = "abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdef"
_LETTERS = {"plc": (_BASE32, 24), "tid": (_BASE32, 11), "hex": (_HEX, 40)}
_WITH_CHECKSUM: dict[str, Callable[[random.Random], str]] = {
    "CREDIT_CARD": pii.card_number, "CRYPTO": pii.bitcoin_address, "IBAN_CODE": pii.iban, "CA_SIN": pii.social_insurance_number,
    "US_SSN": pii.social_security_number,
}  # fmt: skip


class Case(NamedTuple):
    """A text, the personal data in it, and what was found."""

    text: str
    truth: Sequence[Span]
    found: Sequence[Span]


class Score(NamedTuple):
    """Of one entity. A ratio of nothing is None.

    A true mention is masked when all its characters are found, whatever they were found to be; what was found is spurious when
    no character of it is true. By code points, recall is over the true ones and precision over those found.
    """

    n_true: int
    n_masked: int
    n_found: int
    n_spurious: int
    recall: float | None
    precision: float | None
    f2: float | None
    point_recall: float | None
    point_precision: float | None
    point_f2: float | None


def measure(cases: Iterable[Case]) -> dict[str, Score]:
    """The score of every entity that is true or found in any of the cases."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * 8)
    for _, truth, found in cases:
        true_points = {point for _, start, end in truth for point in range(start, end)}
        found_points = {point for _, start, end in found for point in range(start, end)}
        for entity, start, end in truth:
            hits = len(found_points.intersection(range(start, end)))
            _add(counts[entity], (1, hits == end - start, 0, 0, end - start, hits, 0, 0))
        for entity, start, end in found:
            hits = len(true_points.intersection(range(start, end)))
            _add(counts[entity], (0, 0, 1, not hits, 0, 0, end - start, hits))
    return {entity: _score(*counts[entity]) for entity in sorted(counts)}


def _add(totals: list[int], more: Sequence[int]) -> None:
    totals[:] = [total + one for total, one in zip(totals, more, strict=True)]


def _score(
    n_true: int, n_masked: int, n_found: int, n_spurious: int, true: int, true_hit: int, found: int, found_hit: int
) -> Score:
    recall, precision = _ratio(n_masked, n_true), _ratio(n_found - n_spurious, n_found)
    point_recall, point_precision = _ratio(true_hit, true), _ratio(found_hit, found)
    f2, point_f2 = _f2(recall, precision), _f2(point_recall, point_precision)
    return Score(n_true, n_masked, n_found, n_spurious, recall, precision, f2, point_recall, point_precision, point_f2)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _f2(recall: float | None, precision: float | None) -> float | None:
    """The harmonic mean in which recall weighs as much as four times precision."""
    if recall is None or precision is None:
        return None
    return 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0


def template_cases(seed: int, n: int) -> list[Case]:
    """`n` texts of invented personal data with nothing found yet, a quarter of them with none: the same for the same seed."""
    templates = tomllib.loads(_TEMPLATES.read_text(encoding="utf-8"))
    rng = random.Random(seed)
    cases = []
    for _ in range(n):
        if rng.random() < _HARD_NEGATIVE_SHARE:
            cases.append(Case(_expand(templates, rng, rng.choice(templates["hard_negatives"])), [], []))
        else:
            cases.append(_fill(templates, rng, rng.choice(templates["sentences"])))
    return cases


def _fill(templates: dict[str, Any], rng: random.Random, sentence: str) -> Case:
    text, end = "", 0
    truth = []
    for slot in _SLOT.finditer(sentence):
        text += sentence[end : slot.start()]
        value = _value(templates, rng, slot[1])
        entity = "ADDRESS" if slot[1] == "POSTAL_CODE" else slot[1]
        truth.append(Span(entity, len(text), len(text) + len(value)))
        text += value
        end = slot.end()
    return Case(text + sentence[end:], truth, [])


def _value(templates: dict[str, Any], rng: random.Random, slot: str) -> str:
    forms: list[str] = templates["forms"].get(slot, [])
    if slot in _WITH_CHECKSUM and (not forms or rng.random() < 0.5):
        return _WITH_CHECKSUM[slot](rng)
    return _expand(templates, rng, rng.choice(forms))


def _expand(templates: dict[str, Any], rng: random.Random, form: str) -> str:
    def piece(match: re.Match[str]) -> str:
        if match[1] in _LETTERS:
            letters, count = _LETTERS[match[1]]
            return "".join(rng.choices(letters, k=count))
        return rng.choice(templates["words"][match[1]]) if match[1] else rng.choice("0123456789")

    return _PIECE.sub(piece, form)


def analysed(redactor: Redactor, cases: Iterable[Case]) -> list[Case]:
    """The cases with what patterns, and the model if there is one, find in them."""
    return [
        case._replace(found=[Span(f.entity, f.start, f.end) for f in redactor.redact(case.text, (), ()).findings])
        for case in cases
    ]
