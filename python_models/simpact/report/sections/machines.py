"""Whether automated accounts matter."""

from __future__ import annotations

from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.parts import Figure, Section, Table

TITLE = "Automated accounts"


def section(figures: Figures, pencil: Pencil) -> Section:
    """What changes when accounts that behave like machines are left out, beside as many left out by lot."""
    rows = figures["automation"]
    if not rows:
        return Section("automation", TITLE, missing="It was not measured: run dbt build --selector experiment.")
    columns = {
        "metric": "figure",
        "scale": "scale",
        "value": "value",
        "ci_low": "from",
        "ci_high": "to",
        "control_low": "by lot from",
        "control_high": "by lot to",
        "verdict": "told",
    }
    says = (
        "Where a value lies outside what leaving out as many people by lot gives, automation matters. "
        "docs/automation.md has the definitions."
    )
    return Section(
        "automation",
        TITLE,
        "What changes when accounts that behave like machines are left out.",
        figures=(Figure("Without automated accounts", says, Table.of(rows, columns), is_open=True),),
    )
