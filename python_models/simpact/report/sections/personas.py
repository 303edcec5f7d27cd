"""Personas: how many people, how far apart, what they write."""

from __future__ import annotations

from itertools import groupby
from statistics import median

from simpact.report.charts import COLOURS, bars, columns, intervals, points
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures, Row
from simpact.report.parts import Figure, Message, Section, Table, Thread
from simpact.report.persona_map import lay_out

TITLE = "Personas"
FEW = 30  # personas with a bar of their own, and a number on the map
TERMS = 6


def section(figures: Figures, pencil: Pencil) -> Section:
    """Sizes, a map, coherence, words, and a few threads."""
    personas = figures["personas"]
    if not personas:
        return Section("personas", TITLE, missing="No released persona yet: run dbt build --selector release.")
    by_scale = {scale: list(rows) for scale, rows in groupby(personas, key=lambda row: row["scale"])}
    finest = by_scale[max(by_scale)]
    drawn = [_sizes(finest, pencil), *_map(by_scale, figures["persona_words"] or [], pencil), _coherence(by_scale, pencil)]
    return Section(
        "personas",
        TITLE,
        "Groups of people who write alike, at scales of "
        + ", ".join(f"{scale:,} ({len(rows):,} of them released)" for scale, rows in by_scale.items())
        + ". All here is of the release.",
        figures=(*drawn, _cards(personas)),
        threads=_threads(figures["persona_threads"] or []),
    )


def _sizes(finest: list[Row], pencil: Pencil) -> Figure:
    sizes = [row["user_count"] for row in finest if row["user_count"] is not None]
    scale = finest[0]["scale"]
    table = Table.of(
        sorted(finest, key=lambda row: -(row["user_count"] or 0)),
        {"persona_id": "persona", "user_count": "people", "thread_count": "released threads"},
    )
    if not sizes:
        return Figure(f"People by persona, scale {scale}", "How many people a persona has is not told.", table)
    says = f"From {min(sizes):,} to {max(sizes):,} people, {median(sizes):,.0f} in the median."
    if len(finest) <= FEW:
        rows = [
            {
                "persona": str(row["persona_id"]),
                "people": row["user_count"] or 0,
                "says": f"persona {row['persona_id']}: {row['user_count']} people",
            }
            for row in sorted(finest, key=lambda row: -(row["user_count"] or 0))
        ]
        return Figure(f"People by persona, scale {scale}", says, table, pencil.draw(bars(rows, "persona", "people")))
    step = max(1, (max(sizes) - min(sizes)) // 20)
    counted: dict[int, int] = {}
    for size in sizes:
        counted[size // step * step] = counted.get(size // step * step, 0) + 1
    rows = [
        {
            "people": f"{low}–{low + step - 1}" if step > 1 else str(low),
            "n": n,
            "of": "personas",
            "place_in_stack": 0,
            "says": f"from {low} people on: {n} personas",
        }
        for low, n in sorted(counted.items())
    ]
    return Figure(
        f"Personas by number of people, scale {scale}",
        says,
        table,
        pencil.draw(columns(rows, "people", "n", "of", ["personas"])),
    )


def _map(by_scale: dict[int, list[Row]], words: list[Row], pencil: Pencil) -> list[Figure]:
    places, stress = lay_out(words)
    finest = by_scale[max(by_scale)]
    if not places:
        return []
    parents = {(row["scale"], row["persona_id"]): row["parent_persona_id"] for rows in by_scale.values() for row in rows}
    scales = sorted(by_scale)
    coarse = max((scale for scale in scales[:-1] if len(by_scale[scale]) <= len(COLOURS)), default=None)
    rows: list[Row] = []
    for row in finest:
        if row["persona_id"] not in places:
            continue
        family = _family(row["persona_id"], scales, coarse, parents)
        x, y = places[row["persona_id"]]
        rows.append(
            {
                "x": x,
                "y": y,
                "people": row["user_count"] or 0,
                "family": family,
                "label": str(row["persona_id"]),
                "says": f"persona {row['persona_id']}: {', '.join(row['top_terms'][:TERMS])}",
            }
        )
    groups = sorted({str(row["family"]) for row in rows}, key=lambda name: (len(name), name))
    says = (
        f"Near to each other lie personas whose released words are alike, {len(rows)} of {len(finest)} that have some; "
        "a larger dot has more people. "
        f"Two dimensions bend the distances by {stress:.0%}, so neighbours tell more than the lie of the whole."
    )
    table = Table.of(rows, {"label": "persona", "family": "belongs to", "x": "across", "y": "up", "people": "people"})
    chart = points(rows, "x", "y", "people", "family", groups, "label" if len(rows) <= FEW else "")
    return [Figure(f"Map of personas, scale {finest[0]['scale']}", says, table, pencil.draw(chart))]


def _family(persona: int | None, scales: list[int], coarse: int | None, parents: dict[tuple[int, int], int | None]) -> str:
    """The persona of the scale `coarse` that holds one of the finest, by name."""
    if coarse is None:
        return "personas"
    for scale in reversed(scales[scales.index(coarse) + 1 :]):
        persona = None if persona is None else parents.get((scale, persona))
    return "not told" if persona is None else f"persona {persona} of {coarse}"


def _coherence(by_scale: dict[int, list[Row]], pencil: Pencil) -> Figure:
    rows: list[Row] = []
    for scale, personas in by_scale.items():
        found = sorted(row["silhouette"] for row in personas if row["silhouette"] is not None)
        if found:
            low, high = (found[round(share * (len(found) - 1))] for share in (0.1, 0.9))
            says = f"scale {scale}: median {median(found):.2f}, eight in ten from {low:.2f} to {high:.2f}"
            rows.append(
                {"scale": f"scale {scale}", "median": median(found), "low": low, "high": high, "n": len(found), "says": says}
            )
    return Figure(
        "Coherence",
        "Silhouettes of personas, from -1 to 1: the median, and where eight in ten lie. Above 0 people are nearer to their own "
        "persona than to the next.",
        Table.of(
            rows,
            {"scale": "scale", "median": "median silhouette", "low": "tenth percentile", "high": "ninetieth", "n": "personas"},
        ),
        pencil.draw(intervals(rows, "scale", "median", "low", "high", mark=0)) if rows else None,
    )


def _cards(personas: list[Row]) -> Figure:
    rows = [{**row, "words": ", ".join(row["top_terms"])} for row in personas]
    return Figure(
        "All personas",
        "A dash stands where too few people would be behind a figure.",
        Table.of(
            rows,
            {
                "scale": "scale",
                "persona_id": "persona",
                "parent_persona_id": "part of",
                "user_count": "people",
                "post_count": "posts",
                "thread_count": "released threads",
                "silhouette": "silhouette",
                "words": "words that set it apart",
            },
        ),
    )


def _threads(rows: list[Row]) -> tuple[Thread, ...]:
    threads = []
    for (scale, persona, thread), said in groupby(rows, key=lambda row: (row["scale"], row["persona_id"], row["thread_id"])):
        messages = tuple(
            Message(row["speaker"], row["action_type"] if row["is_action"] else None, row["gap"], row["message_text"])
            for row in said
        )
        threads.append(Thread(f"Persona {persona} of {scale}, thread {thread}", messages))
    return tuple(threads)
