"""Scores of what models answer, beside baselines, real people and the paper; and whether personas help."""

from __future__ import annotations

from simpact.report.charts import cells, intervals
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures, Row
from simpact.report.parts import Figure, Section, Table

TITLE = "Scores, beside baselines and the paper"
METRICS = {
    "macro_f1": ("Which action: macro-F1", "1 is always right."),
    "js_action_mix": ("Mix of actions: Jensen-Shannon distance", "0 is the same mix as the real one."),
    "detectability_embedding": (
        "How often texts are told from real ones: AUC",
        "0.5 is a guess; real_half are real people against real people.",
    ),
}
KINDS = ("model", "baseline")
BASELINES = {"majority", "rule", "persona_prior", "context_prior", "real_half"}


def section(figures: Figures, pencil: Pencil) -> Section:
    """A chart for each of a few metrics, a table of all, the paper's beside ours, and the gain of clustering."""
    scores = figures["scores"]
    if not scores:
        return Section("scores", TITLE, missing="Nothing is scored: run dbt build --selector experiment.")
    shown = [_metric([row for row in scores if row["metric"] == metric], *said, pencil) for metric, said in METRICS.items()]
    columns = {
        "metric": "metric",
        "model": "model",
        "value": "value",
        "ci_low": "from",
        "ci_high": "to",
        "n": "prompts",
        "is_smoke": "smoke model",
    }
    shown.append(
        Figure(
            "All of these scores",
            "Over the whole population; experiment.scores has them by persona.",
            Table.of(scores, columns),
        )
    )
    shown += _paper(figures["beside_the_paper"] or [])
    shown += _gain(figures["clustering_gain"] or [], pencil)
    shown += _cross(figures["cross_persona"] or [], figures["diagonality"] or [], pencil)
    lead = "Held-out prompts are answered and scored beside baselines and real people. Lines are intervals of 95 %."
    if any(row["is_smoke"] for row in scores):
        lead += " The model is a smoke model: its scores show that the measuring works, and nothing about people."
    return Section("scores", TITLE, lead, figures=tuple(shown))


def _metric(rows: list[Row], title: str, says: str, pencil: Pencil) -> Figure:
    drawn = [
        {
            "model": row["model"],
            "value": row["value"],
            "low": row["value"] if row["ci_low"] is None else row["ci_low"],
            "high": row["value"] if row["ci_high"] is None else row["ci_high"],
            "kind": KINDS[not row["is_smoke"] and row["model"] in BASELINES],
            "says": f"{row['model']}: {row['value']:.3f}",
        }
        for row in rows
        if row["value"] is not None
    ]
    columns = {"model": "model", "value": "value", "ci_low": "from", "ci_high": "to", "n": "prompts"}
    chart = pencil.draw(intervals(drawn, "model", "value", "low", "high", "kind", KINDS)) if drawn else None
    return Figure(title, says, Table.of(rows, columns), chart)


def _paper(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    columns = {
        "metric": "paper's metric",
        "model": "its model",
        "paper_value": "paper",
        "our_metric": "our metric",
        "our_model": "our model",
        "our_value": "ours",
        "our_ci_low": "from",
        "our_ci_high": "to",
        "is_comparable": "comparable",
        "note": "note",
    }
    n = sum(row["is_comparable"] not in ("no", "not measured") for row in rows)
    says = f"{n} of {len(rows)} figures can be compared, wholly or in part; the notes say what stands in the way of the others."
    return [Figure("The paper's figures beside ours", says, Table.of(rows, columns), is_open=True)]


def _gain(rows: list[Row], pencil: Pencil) -> list[Figure]:
    if not rows:
        return []
    named = {"persona": "personas", "random": "random groups", "difference": "difference of the two"}
    drawn = [
        {
            **row,
            "group": named.get(row["grouped_by"], row["grouped_by"]),
            "says": f"{row['gain']:.3f} ({row['ci_low']:.3f} to {row['ci_high']:.3f})",
        }
        for row in rows
        if row["group_id"] is None and row["gain"] is not None and row["ci_low"] is not None
    ]
    columns = {
        "grouped_by": "grouped by",
        "group_id": "group",
        "gain": "gain",
        "ci_low": "from",
        "ci_high": "to",
        "thread_count": "threads",
        "verdict": "verdict",
    }
    says = (
        "Nats per token by which adapters of a group know its people's answers better than one of as many threads of anybody. "
        "Random groups are the control."
    )
    chart = pencil.draw(intervals(drawn, "group", "gain", "ci_low", "ci_high", mark=0)) if drawn else None
    return [Figure("Does it help to learn from people who write alike?", says, Table.of(rows, columns), chart)]


def _cross(rows: list[Row], test: list[Row], pencil: Pencil) -> list[Figure]:
    if not rows:
        return []
    says = "Loss of held-out answers of a persona (rows) under the adapter of a persona (columns); the darkest is the best."
    if test and test[0]["advantage"] is not None:
        advantage, low, high, p = (test[0][name] for name in ("advantage", "ci_low", "ci_high", "p_value"))
        says += f" The own adapter is better by {advantage:.2f} ({low:.2f} to {high:.2f}) nats per token, p = {p:.4f}."
    drawn = [
        {**row, "says": f"persona {row['persona_id']}, adapter of {row['adapter_persona_id']}: {row['loss']:.3f}"}
        for row in rows
    ]
    columns = {
        "persona_id": "persona",
        "adapter_persona_id": "adapter of",
        "loss": "loss",
        "thread_count": "threads",
        "is_best": "best",
    }
    chart = pencil.draw(cells(drawn, "adapter_persona_id", "persona_id", "loss", "adapter of persona", "persona"))
    return [Figure("Whose adapter knows whose answers", says, Table.of(rows, columns), chart)]
