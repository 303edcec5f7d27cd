"""How adapters were trained, and what they remember."""

from __future__ import annotations

from simpact.report.charts import intervals, lines
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures, Row
from simpact.report.parts import Figure, Section, Table

TITLE = "Adapters: training and memory"
SMOKE = "They are of a smoke model that the build makes itself: it shows that the path runs, and nothing about people."


def section(figures: Figures, pencil: Pencil) -> Section:
    """Losses by step and epoch, held-out loss, and attacks on what is remembered."""
    adapters = figures["adapters"]
    if not adapters:
        return Section("adapters", TITLE, missing="No adapter is trained: run dbt build --selector experiment.")
    trained = sum(row["status"] == "trained" for row in adapters)
    bases = sorted({row["base_model"] for row in adapters if row["base_model"]})
    lead = f"{trained} of {len(adapters)} adapters of {', '.join(bases) or 'no model'} are trained."
    if any(row["is_smoke"] for row in adapters):
        lead = f"{lead} {SMOKE}"
    kinds = {row["adapter"]: row["kind"] for row in adapters}
    return Section(
        "adapters",
        TITLE,
        lead,
        figures=(
            *_curves(figures["loss_curves"] or [], kinds, pencil),
            *_epochs(figures["epochs"] or []),
            _table(adapters),
            *_memory(figures["adapter_attacks"] or [], pencil),
        ),
    )


def _curves(rows: list[Row], kinds: dict[str, str], pencil: Pencil) -> list[Figure]:
    if not rows:
        return []
    drawn = [{**row, "kind": kinds.get(row["adapter"], "other")} for row in rows]
    groups = list(dict.fromkeys(row["kind"] for row in drawn))
    ends = {row["adapter"]: row for row in rows}  # the last of each
    starts = {row["adapter"]: row for row in reversed(rows)}
    table = Table(
        ("adapter", "steps", "loss at first", "loss at last"),
        tuple((name, ends[name]["step"], starts[name]["loss"], ends[name]["loss"]) for name in ends),
    )
    chart = lines(drawn, "step", "loss", "adapter", "kind", groups, "step")
    return [
        Figure(
            "Training loss by step",
            "Nats per token, one line per adapter, in the colour of its kind.",
            table,
            pencil.draw(chart),
        )
    ]


def _epochs(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    says = "Loss after every epoch, from 0, before training: of what is learnt, of held-out threads, of people who never train."
    columns = {"adapter": "adapter", "epoch": "epoch", "role": "examples", "loss": "loss", "n_examples": "how many"}
    return [Figure("Loss by epoch", says, Table.of(rows, columns))]


def _table(adapters: list[Row]) -> Figure:
    columns = {
        "adapter": "adapter",
        "kind": "kind",
        "status": "status",
        "loss_function": "loss",
        "n_examples": "examples",
        "n_steps": "steps",
        "held_out_loss": "held-out loss",
        "held_out_fall": "fell by",
        "held_out_fall_ci_low": "from",
        "held_out_fall_ci_high": "to",
        "verdict": "attacks",
    }
    return Figure(
        "All adapters", "How far the loss of held-out threads fell, and what the attacks came to.", Table.of(adapters, columns)
    )


def _memory(rows: list[Row], pencil: Pencil) -> list[Figure]:
    if not rows:
        return []
    table = Table.of(
        rows,
        {
            "measure": "measure",
            "adapter": "adapter",
            "n_targets": "targets",
            "value": "value",
            "ci_low": "from",
            "ci_high": "to",
            "ceiling": "ceiling",
            "verdict": "verdict",
        },
    )
    threads = [row for row in rows if row["measure"] == "thread_auc" and row["value"] is not None and row["ci_low"] is not None]
    drawn = [
        {**row, "says": f"{row['adapter']}: AUC {row['value']:.3f} ({row['ci_low']:.3f} to {row['ci_high']:.3f})"}
        for row in threads
    ]
    ceiling = next((row["ceiling"] for row in threads if row["ceiling"] is not None), None)
    says = (
        "AUC of telling a thread that trained from one that did not: 0.5 is a guess, the dashed line the ceiling. "
        "The table has every gated measure."
    )
    chart = pencil.draw(intervals(drawn, "adapter", "value", "ci_low", "ci_high", mark=ceiling)) if drawn else None
    return [Figure("What adapters remember of threads", says, table, chart)]
