"""What had to hold before anything went on."""

from __future__ import annotations

from typing import Any

from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.measures import GATES
from simpact.report.parts import Figure, Section, Table, Tile

TITLE = "Gates"
BEFORE_RELEASE = GATES[:3]


def section(figures: Figures, pencil: Pencil) -> Section:
    """A tile for every gate; what is not met in view, the rest in a table."""
    tiles: list[Tile] = []
    shut: list[tuple[Any, ...]] = []
    rest: list[tuple[Any, ...]] = []
    for gate in GATES:
        rows = figures[f"gate_{gate}"]
        if rows is None:
            tiles.append(Tile(f"gate_{gate}", "not built"))
            continue
        unmet = [row for row in rows if row["success"] is not True]
        tiles.append(
            Tile(f"gate_{gate}", "closed" if unmet else "open", f"{len(rows) - len(unmet)} of {len(rows)} expectations hold")
        )
        for row in rows:
            cells = (
                gate,
                row["expectation"],
                row["column_name"],
                row["why"],
                row["success"],
                row["n_unexpected"],
                row["n_rows"],
            )
            (rest if row["success"] is True else shut).append(cells)
    columns = ("gate", "expectation", "column", "why", "holds", "unexpected rows", "rows")
    shown = []
    if shut:
        shown.append(
            Figure(
                "Not met",
                "A closed gate stops the build; what was released before stays.",
                Table(columns, tuple(shut)),
                is_open=True,
            )
        )
    if rest:
        shown.append(Figure("Met", f"{len(rest)} expectations hold.", Table(columns, tuple(rest))))
    if figures["data_card"] and {cells[0] for cells in shut} & set(BEFORE_RELEASE):
        lead = (
            "A gate before the release is closed: the release shown below is of an earlier build than the figures of quality."
        )
    else:
        lead = "What had to hold before anything went on."
    return Section("gates", TITLE, lead, tiles=tuple(tiles), figures=tuple(shown))
