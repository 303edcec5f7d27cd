"""Find known names in a text, in whatever case, with whatever accents and punctuation they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from simpact.redaction.spans import PLACEHOLDER, Finding

_BREAK = "\ufdd0"  # stands for a placeholder: no name reaches over it. Unicode keeps it for such uses
_ASCII = {code: chr(code).lower() if chr(code).isalnum() or chr(code) == "_" else " " for code in range(128)}


def name_findings(text: str, names: Iterable[str]) -> list[Finding]:
    """Every occurrence of the names as whole words.

    `names` are in the form of the macro words_of: small letters without accents, one space between words.
    """
    wanted = {name for name in names if name.strip()}
    if not wanted:
        return []
    folded, starts = _folded(text)
    found = []
    for name in sorted(wanted):
        words = " +".join(map(re.escape, name.split()))
        # A look-ahead, for occurrences that overlap.
        for match in re.finditer(rf"(?<![^ {_BREAK}])(?=({words})(?![^ {_BREAK}]))", folded):
            found.append(Finding("PERSON", "name", starts[match.start(1)], starts[match.end(1)]))
    return found


def words_of(text: str) -> str:
    """The words of a text as the macro of that name gives them, without the space around."""
    return " ".join(_folded(text)[0].split())


def _folded(text: str) -> tuple[str, range | list[int]]:
    """The text as the macro words_of folds it, but for runs of spaces, and where each of its characters starts in the text.

    One more start than characters: the end of the text. Accents that are characters of their own belong to the one before.
    """
    text = PLACEHOLDER.sub(lambda match: _BREAK * len(match[0]), text)
    if text.isascii():
        return text.translate(_ASCII), range(len(text) + 1)
    pieces = [_fold(char) for char in text]
    starts = [i for i, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*starts, len(text)]


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    if char == _BREAK:
        return char
    plain = "".join(part for part in unicodedata.normalize("NFD", char.lower()) if unicodedata.category(part)[0] != "M")
    return "".join(
        part if part == "_" or unicodedata.category(part)[0] in "LN" else " " for part in unicodedata.normalize("NFC", plain)
    )
