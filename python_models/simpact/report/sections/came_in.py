"""What came in, and what became of it."""

from __future__ import annotations

from simpact.report.charts import bars
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.markdown import shown
from simpact.report.parts import Figure, Section, Table, Tile

TITLE = "What came in, and what became of it"
FATES = ("became a thread", "did not")


def section(figures: Figures, pencil: Pencil) -> Section:
    """Events by action, threads among them; and of the others the reasons."""
    coverage = figures["coverage"]
    if not coverage:
        return Section("came-in", TITLE, missing="quality.coverage_told is not built: run dbt build --selector threads.")
    total = sum(row["n_events"] for row in coverage)
    threaded = sum(row["n_events"] for row in coverage if row["outcome"] == "threaded")

    totals: dict[str, dict[str, int]] = {}
    for row in coverage:
        counted = totals.setdefault(row["action_type"], dict.fromkeys(FATES, 0))
        counted[FATES[row["outcome"] != "threaded"]] += row["n_events"]
    in_order = sorted(totals, key=lambda action: -sum(totals[action].values()))
    stacked = [
        {
            "action": named(action),
            "fate": fate,
            "n": totals[action][fate],
            "says": f"{named(action)}: {totals[action][fate]:,} {fate}",
        }
        for action in in_order
        for fate in FATES
    ]
    by_action = Table(
        ("action", "events", *FATES, "share that became a thread"),
        tuple((named(a), sum(n.values()), *n.values(), n[FATES[0]] / sum(n.values())) for a in in_order for n in [totals[a]]),
    )

    reasons: dict[str, int] = {}
    for row in coverage:
        if row["outcome"] != "threaded":
            reasons[row["outcome"]] = reasons.get(row["outcome"], 0) + row["n_events"]
    why = [
        {"outcome": outcome, "n": n, "says": f"{outcome}: {n:,}"}
        for outcome, n in sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Section(
        "came-in",
        TITLE,
        f"{total:,} lines landed, {threaded:,} ({threaded / total:.0%}) became a thread. Every other line has one reason.",
        tiles=_seen(figures),
        figures=(
            Figure(
                "Events by action",
                f"{len(totals)} kinds of events; the commonest is {named(in_order[0])}.",
                by_action,
                pencil.draw(bars(stacked, "action", "n", "fate", FATES)),
            ),
            Figure(
                "Why the others became none",
                f"The commonest reason is {why[0]['outcome']}." if why else "All became one.",
                Table.of(why, {"outcome": "outcome", "n": "events"}),
                pencil.draw(bars(why, "outcome", "n")) if why else None,
            ),
        ),
    )


def _seen(figures: Figures) -> tuple[Tile, ...]:
    """How much of the time the collectors of the released archive saw; nothing where there was none."""
    card = {row["item"]: row["value"] for row in figures["data_card"] or [] if row["section"] == "collection"}
    if "observed_share" not in card:
        return ()
    missed = f"of the time that was collected; {shown(float(card['unobserved_hours']))} hours were not"
    return (Tile("seen", f"{float(card['observed_share']):.2%}", missed),)


def named(action: str) -> str:
    """An action type as readers know it."""
    return {"none": "no action", "several": "several actions"}.get(action, action)
