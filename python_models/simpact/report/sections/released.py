"""Released threads by action and time."""

from __future__ import annotations

from collections import Counter

from simpact.report.charts import columns
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures, Row
from simpact.report.parts import Figure, Section, Table, Tile

TITLE = "Released threads by action and time"
MOST = 6  # actions with a colour of their own
OTHERS = "others"
TOLD = ("day", "week", "month", "none")


def section(figures: Figures, pencil: Pencil) -> Section:
    """Threads by the finest time that is told, and all of it as a table."""
    rows = figures["threads_by_time"]
    if not rows:
        return Section("released", TITLE, missing="There is no release yet: run dbt build --selector release.")
    card = {row["item"]: row["value"] for row in figures["data_card"] or [] if row["section"] in ("release", "counts")}
    told = Counter[str]()
    for row in rows:
        told[row["told"]] += row["n_threads"]
    finest = next(time for time in TOLD if told[time])
    times = ", ".join(
        f"{told[time]:,} without a time" if time == "none" else f"{told[time]:,} with their {time}"
        for time in TOLD
        if told[time]
    )
    return Section(
        "released",
        TITLE,
        f"{sum(told.values()):,} threads: {times}. A thread is told with the finest time that leaves enough people alike.",
        tiles=(
            Tile("threads", sum(told.values()), "released"),
            Tile("messages", _number(card.get("messages"))),
            Tile("people", _number(card.get("people")), "whose threads they are"),
            Tile("built on", card.get("built_on"), f"release {card.get('release_id')}"),
        ),
        figures=(_by_time([row for row in rows if row["told"] == finest], finest, pencil), _all(rows)),
    )


def _by_time(rows: list[Row], told: str, pencil: Pencil) -> Figure:
    ranked = [action for action, _ in _totals(rows).most_common()]
    groups = [*ranked[:MOST], *([OTHERS] if len(ranked) > MOST else [])]
    stacked: dict[tuple[str, str], int] = {}
    for row in rows:
        group = row["action_type"] if row["action_type"] in groups else OTHERS
        key = (row["time_bucket"] or "no time", group)
        stacked[key] = stacked.get(key, 0) + row["n_threads"]
    drawn = [
        {"time": time, "action": group, "n": n, "place_in_stack": groups.index(group), "says": f"{time}, {group}: {n:,}"}
        for (time, group), n in sorted(stacked.items())
    ]
    names = sorted({time for time, _ in stacked})
    table = Table((told, *groups), tuple((time, *(stacked.get((time, group), 0) for group in groups)) for time in names))
    says = f"{len(names)} times that are told by {told}; the commonest action is {ranked[0]}."
    return Figure(f"Threads by action and {told}", says, table, pencil.draw(columns(drawn, "time", "n", "action", groups)))


def _all(rows: list[Row]) -> Figure:
    totals = _totals(rows)
    by_told = Counter[tuple[str, str]]()
    for row in rows:
        by_told[row["action_type"], row["told"]] += row["n_threads"]
    table = Table(
        ("action", "threads", *(f"told by {time}" if time != "none" else "without a time" for time in TOLD)),
        tuple((action, n, *(by_told[action, time] for time in TOLD)) for action, n in totals.most_common()),
    )
    return Figure("Threads by action and what is told of their time", f"{len(totals)} actions.", table)


def _totals(rows: list[Row]) -> Counter[str]:
    totals = Counter[str]()
    for row in rows:
        totals[row["action_type"]] += row["n_threads"]
    return totals


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
