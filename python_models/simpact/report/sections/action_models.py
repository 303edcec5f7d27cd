"""How well actions are predicted from what could be known before."""

from __future__ import annotations

from simpact.report.charts import intervals
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.parts import Figure, Section, Table

TITLE = "Which action comes next"
KINDS = ("model", "baseline")
BASELINES = {"majority", "rule", "last_action", "lookup", "persona_prior"}


def section(figures: Figures, pencil: Pencil) -> Section:
    """Macro-F1 on the later threads, whose contexts training never showed; everything else as a table."""
    scores = figures["action_scores"]
    if not scores:
        return Section("actions", TITLE, missing="Actions are not predicted: run dbt build --selector experiment.")
    split = scores[0]["split"]
    rows = [row for row in scores if row["split"] == split and row["part"] == "test" and row["value"] is not None]
    drawn = [
        {
            "model": row["model"],
            "value": row["value"],
            "low": row["value"] if row["ci_low"] is None else row["ci_low"],
            "high": row["value"] if row["ci_high"] is None else row["ci_high"],
            "kind": KINDS[row["model"] in BASELINES],
            "says": f"{row['model']}: {row['value']:.3f}",
        }
        for row in rows
    ]
    columns = {
        "split": "split",
        "part": "part",
        "model": "model",
        "value": "macro-F1",
        "ci_low": "from",
        "ci_high": "to",
        "n": "threads",
    }
    best = f"; the best is {rows[0]['model']} with {rows[0]['value']:.2f}" if rows else ""
    return Section(
        "actions",
        TITLE,
        "What could be known before an action, and which one it is. docs/prediction.md says what each model knows.",
        figures=(
            Figure(
                f"Macro-F1, split {split}, test threads",
                f"{len(rows)} models{best}. Lines are intervals of 95 %.",
                Table.of(scores, columns),
                pencil.draw(intervals(drawn, "model", "value", "low", "high", "kind", KINDS)) if drawn else None,
            ),
        ),
    )
