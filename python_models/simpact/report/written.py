"""The three files of a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simpact.errors import UserError
from simpact.report import NUMBERS, PAGE, PREVIOUS, SUMMARY
from simpact.report.changes import changes_between
from simpact.report.drawing import Pencil
from simpact.report.figures import read_figures
from simpact.report.measures import as_json, measures_of, read_measures
from simpact.report.page import page_text, summary_text
from simpact.report.sections import sections_of
from simpact.whole import whole

# What the files of a report of any version have within their first kilobyte.
MARKS = {PAGE: b"<title>simpact report", SUMMARY: b"# simpact report\n", NUMBERS: b'{\n "format": '}


def write_report(home: Path, out: Path, against: Path | None = None, say: Callable[[str], None] = lambda step: None) -> None:
    """Write the report on the databases in `home` to the folder `out`; `say` hears of each step.

    It is compared with `against`, another report.json, or else with the last one in `out` that had other numbers. Raises
    UserError when there is no database, `against` is no report, or `out` has files of these names that are of no report;
    duckdb.Error when a database cannot be read, and OSError when `out` cannot be written.
    """
    _check_ours(out)
    before = read_measures(against) if against else None
    figures = read_figures(home, say)
    measures = measures_of(figures)
    numbers = as_json(measures)
    held = out / NUMBERS
    is_other = held.exists() and held.read_text(encoding="utf-8") != numbers
    last = held if is_other else out / PREVIOUS
    if before is None and last.exists():
        try:
            before = read_measures(last)
        except UserError as error:  # of another version: nobody asked for it
            say(f"{error} There is nothing to compare with.")
    changes = None if before is None else changes_between(before, measures)
    say("charts")
    sections = sections_of(figures, Pencil())
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (PAGE, page_text(figures, sections, changes)),
        (SUMMARY, summary_text(figures, sections, measures, changes)),
    ):
        with whole(out / name) as beside:
            beside.write_text(text, encoding="utf-8")
    with whole(held) as beside:
        beside.write_text(numbers, encoding="utf-8")
        if is_other:
            held.replace(out / PREVIOUS)
    say(f"{out / PAGE}, and {SUMMARY} and {NUMBERS} beside it")


def _check_ours(out: Path) -> None:
    for name, mark in MARKS.items():
        if (out / name).exists():
            with (out / name).open("rb") as file:
                if mark not in file.read(1024):
                    raise UserError(f"'{out / name}' is of no report and would be lost: move it, or choose another --out.")
