"""What attackers find in the release."""

from __future__ import annotations

from simpact.report.charts import intervals
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.parts import Figure, Section, Table

TITLE = "Attacks on the release"
WHO = ("attack", "guess")


def section(figures: Figures, pencil: Pencil) -> Section:
    """Success of every attack beside a guess that knows as much, gated ones apart from those that are reported."""
    attacks = figures["attacks"]
    if not attacks:
        return Section("attacks", TITLE, missing="No attack was made: run dbt build --selector release.")
    withstood = sum(row["is_gated"] and row["verdict"] == "withstood" for row in attacks)
    n_gated = sum(row["is_gated"] for row in attacks)
    shown = []
    for is_gated, title, says in (
        (True, "Gated attacks", "One that does better than the guess closes the gate."),
        (
            False,
            "Reported attacks",
            "What searching for words finds. No gate stops it: words are published as they were written.",
        ),
    ):
        rows = [row for row in attacks if row["is_gated"] == is_gated and row["success"] is not None]
        drawn = []
        for row in rows:
            for who, value, low, high in (
                ("attack", row["success"], row["ci_low"], row["ci_high"]),
                ("guess", row["baseline"], row["baseline_ci_low"], row["baseline_ci_high"]),
            ):
                if value is not None:
                    says_one = (
                        f"{row['attack']}, {who}: {value:.4f} ({low:.4f} to {high:.4f})"
                        if low is not None
                        else f"{row['attack']}, {who}: {value:.4f}"
                    )
                    drawn.append(
                        {
                            "attack": row["attack"],
                            "who": who,
                            "value": value,
                            "low": value if low is None else low,
                            "high": value if high is None else high,
                            "says": says_one,
                        }
                    )
        columns = {
            "attack": "attack",
            "measure": "how often",
            "attacker_knows": "attacker knows",
            "n_targets": "targets",
            "success": "success",
            "ci_low": "from",
            "ci_high": "to",
            "baseline": "guess",
            "baseline_ci_low": "guess from",
            "baseline_ci_high": "guess to",
            "verdict": "verdict",
        }
        table = Table.of([row for row in attacks if row["is_gated"] == is_gated], columns)
        chart = pencil.draw(intervals(drawn, "attack", "value", "low", "high", "who", WHO)) if drawn else None
        shown.append(Figure(title, f"{says} Lines are intervals of 95 %.", table, chart))
    return Section("attacks", TITLE, f"{withstood} of {n_gated} gated attacks withstood.", figures=tuple(shown))
