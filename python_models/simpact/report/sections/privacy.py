"""What is told, what is kept back, what is replaced."""

from __future__ import annotations

from collections import Counter

from simpact.report.charts import bars
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures, Row
from simpact.report.parts import Figure, Section, Table, Tile

TITLE = "Redaction, suppression and k"
REACHED = {
    "k_reached": ("people alike, at least", "who acted in every cell; k is {k}"),
    "effective_people_reached": ("effective people, at least", "inverse Simpson of the threads of a cell"),
    "largest_share_reached": ("largest share of one person", "of the threads of a cell"),
    "suppressed_share": ("of all threads kept back", ""),
    "l_diversity_of_actions": ("actions in a cell, at least", "of those told without it"),
    "t_closeness_of_actions": ("t-closeness of actions", "farthest cell from the whole, 0 to 1"),
}


def section(figures: Figures, pencil: Pencil) -> Section:
    """k and what else cells reach, fates of threads, what redaction replaces and what it misses."""
    card = {row["item"]: row["value"] for row in figures["data_card"] or [] if row["section"] in ("privacy", "settings")}
    drawn = [
        *_fates(figures["suppression"] or [], pencil),
        *_cap(figures["cap_curve"] or []),
        *_replaced(figures["replaced"] or [], pencil),
        *_recall(figures["redaction"] or []),
    ]
    if not card and not drawn:
        return Section("privacy", TITLE, missing="Nothing was made ready for a release: run dbt build --selector release.")
    tiles = [
        Tile(name, float(card[item]), note.format(k=card.get("k", "not told")))
        for item, (name, note) in REACHED.items()
        if card.get(item) is not None
    ]
    lead = (
        "A cell is all that is told of a thread besides its words. Words are published as they were written, and words can be "
        "searched."
    )
    return Section("privacy", TITLE, lead, tiles=tuple(tiles), figures=tuple(drawn))


def _fates(rows: list[Row], pencil: Pencil) -> list[Figure]:
    if not rows:
        return []
    fates = Counter[str]()
    for row in rows:
        fates[_fate(row)] += row["n_threads"]
    total = sum(fates.values())
    drawn = [
        {"fate": fate, "n": n, "share": n / total, "says": f"{fate}: {n:,} threads, {n / total:.1%}"}
        for fate, n in fates.items()
    ]
    kept = sum(row["n_threads"] for row in rows if row["fate"] != "released")
    return [
        Figure(
            "What is told of threads, and what is kept back",
            f"Of {total:,} threads {kept:,} ({kept / total:.1%}) are kept back; the others are told as finely as k allows.",
            Table.of(drawn, {"fate": "fate", "n": "threads", "share": "share"}),
            pencil.draw(bars(drawn, "fate", "n")),
        )
    ]


def _fate(row: Row) -> str:
    if row["fate"] != "released":
        return f"kept back: {row['fate'].replace('_', ' ')}"
    persona = "no persona" if row["scale"] is None else f"scale {row['scale']}"
    time = "no time" if row["told_time"] in (None, "none") else row["told_time"]
    return f"{persona}, {time}, {'gaps' if row['tells_gaps'] else 'no gaps'}"


def _cap(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    columns = {
        "cap": "cap",
        "kept_share": "share kept",
        "largest_share": "largest share of one person",
        "least_effective_people": "effective people, least",
        "dominated_share": "threads in cells that one person dominates",
    }
    said = [{**row, "cap": "none" if row["cap"] is None else row["cap"]} for row in rows]
    return [Figure("What a cap on one person's threads in a cell would cost", "One row per cap.", Table.of(said, columns))]


def _replaced(rows: list[Row], pencil: Pencil) -> list[Figure]:
    if not rows:
        return []
    drawn = [{**row, "says": f"{row['entity']}: {row['n_replaced']:,}"} for row in rows]
    total = sum(row["n_replaced"] for row in rows)
    return [
        Figure(
            "Personal data replaced in the release",
            f"{total:,} replacements of {len(rows)} kinds, most of them {rows[0]['entity']}; the table has the small ones.",
            Table.of(rows, {"entity": "kind", "n_replaced": "replaced"}),
            pencil.draw(bars(drawn, "entity", "n_replaced")),
        )
    ]


def _recall(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    missed = [
        f"{row['entity']} in {row['source']} ({row['recall']:.0%})"
        for row in rows
        if row["recall"] is not None and row["recall"] < 1
    ]
    says = f"Not all is found of {', '.join(missed)}." if missed else "Everything that is known to be there is found."
    columns = {
        "source": "source",
        "entity": "kind",
        "n_true": "known",
        "n_masked": "replaced",
        "recall": "recall",
        "precision": "precision",
    }
    return [Figure("What redaction finds of what is known to be there", says, Table.of(rows, columns))]
