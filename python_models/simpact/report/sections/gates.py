"""What had to hold before anything went on."""

from __future__ import annotations

from typing import Any

from simpact.report.drawing import Pencil
from simpact.report.figures import Figures, Row
from simpact.report.gates import BEFORE_RELEASE, Gate, gates_of
from simpact.report.parts import Figure, Section, Table, Tile

TITLE = "Gates"
COLUMNS = ("gate", "expectation", "column", "why", "holds", "unexpected rows", "rows")


def section(figures: Figures, pencil: Pencil) -> Section:
    """A tile for every gate; what is not met in view, the rest in a table."""
    gates = gates_of(figures)
    shut = [_cells(gate, row) for gate in gates for row in gate.unmet]
    met = [_cells(gate, row) for gate in gates for row in gate.expectations if row["success"] is True]
    shown = []
    if shut:
        shown.append(
            Figure(
                "Not met",
                "A closed gate stops the build; what was released before stays.",
                Table(COLUMNS, tuple(shut)),
                is_open=True,
            )
        )
    if met:
        shown.append(Figure("Met", f"{len(met)} expectations hold.", Table(COLUMNS, tuple(met))))
    if figures["data_card"] and any(gate.unmet for gate in gates if gate.short_name in BEFORE_RELEASE):
        lead = (
            "A gate before the release is closed: the release shown below is of an earlier build than the figures of quality."
        )
    else:
        lead = "What had to hold before anything went on."
    tiles = tuple(Tile(gate.name, gate.state, gate.note) for gate in gates)
    return Section("gates", TITLE, lead, tiles=tiles, figures=tuple(shown))


def _cells(gate: Gate, row: Row) -> tuple[Any, ...]:
    told = (row[name] for name in ("expectation", "column_name", "why", "success", "n_unexpected", "n_rows"))
    return (gate.short_name, *told)
