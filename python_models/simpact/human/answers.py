"""What raters saved, checked, with what the key file tells of each item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from simpact.errors import UserError

CHOICES = ("A", "B", "unsure")
ANSWERS = pa.schema(
    [
        ("rater", pa.int32()),  # the place of the file in the list
        ("item", pa.string()),
        ("answer", pa.string()),
        ("seconds", pa.float64()),
        ("human", pa.string()),  # the side of the human text
        ("model", pa.string()),  # none for an attention check
        ("is_check", pa.bool_()),
        ("human_words", pa.int32()),
        ("generated_words", pa.int32()),
    ]
)


class Rated(NamedTuple):
    """Rows of ANSWERS, one per answer; of each rater whether the comprehension check was passed; the page's models by name."""

    answers: pa.Table
    has_passed: list[bool]
    models: list[str]


def read_answers(answer_files: Sequence[Path], key_file: Path) -> Rated:
    """The answers in the files, joined with the key of their page.

    Raises UserError that names every file which is damaged, of another page, or the same rater's as one before; nothing is read
    then, and nothing is changed. OSError when the key cannot be read.
    """
    try:
        key = json.loads(key_file.read_bytes())
        page, items = key["page"], key["items"]
        models = sorted({told["model"] for told in items.values() if not told["is_check"]})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{key_file} is not the key file of an evaluation.") from None
    rows: list[dict[str, Any]] = []
    has_passed: list[bool] = []
    faults: list[str] = []
    file_of: dict[str, Path] = {}
    for number, path in enumerate(answer_files):
        try:
            saved = json.loads(path.read_bytes())
            if saved["page"] != page:
                faults.append(f"{path.name} has answers to another page")
                continue
            first = file_of.setdefault(_text(saved["rater"]), path)
            if first is not path:
                faults.append(f"{path.name} is of the same rater as {first.name}: keep the later of the two")
                continue
            has_passed.append(_is_true(saved["check"]["passed"]))
            rows += _rows(saved["answers"], items, number)
        except (OSError, ValueError, KeyError, TypeError):
            faults.append(f"{path.name} is damaged")
    if faults:
        raise UserError(f"{len(faults)} of {len(answer_files)} answer files cannot be used: {'; '.join(faults)}.")
    return Rated(pa.Table.from_pylist(rows, schema=ANSWERS), has_passed, models)


def _rows(answers: list[dict[str, Any]], items: dict[str, dict[str, Any]], rater: int) -> list[dict[str, Any]]:
    """Rows of ANSWERS. Raises ValueError, KeyError or TypeError for what no page saves."""
    if len({given["item"] for given in answers}) < len(answers):
        raise ValueError("an item twice")
    rows = []
    for given in answers:
        milliseconds = given["milliseconds"]
        if given["answer"] not in CHOICES or isinstance(milliseconds, bool) or not 0 <= milliseconds < float("inf"):
            raise ValueError("no answer")
        told = items[given["item"]]
        rows.append(
            {name: told[name] for name in ("human", "model", "is_check", "human_words", "generated_words")}
            | {"rater": rater, "item": given["item"], "answer": given["answer"], "seconds": milliseconds / 1000}
        )
    return rows


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _is_true(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value
