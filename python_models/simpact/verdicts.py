"""What the gates of a warehouse say, with the coverage of its archive: the head of a report's summary, and an exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simpact.errors import UserError
from simpact.report.figures import read_figures
from simpact.report.gates import BEFORE_RELEASE, gates_of
from simpact.report.markdown import VERDICTS, verdicts_text


def tell_gates(home: Path, say: Callable[[str], None]) -> None:
    """Give `say` the gates and the coverage, counts and reasons only. Raises UserError when a gate is closed or missing."""
    figures = read_figures(home, only=VERDICTS)
    say(verdicts_text(figures))
    shut = []
    for gate in gates_of(figures):
        if gate.unmet:
            reasons = " ".join(sorted({row["why"] for row in gate.unmet}))
            shut.append(f"{gate.name} is closed: {reasons}")
        elif gate.state != "open" and gate.short_name in BEFORE_RELEASE:
            shut.append(f"{gate.name} is {gate.state}")
    if shut:
        raise UserError("; ".join(shut))
