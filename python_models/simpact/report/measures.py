"""report.json: the figures of a report as a flat list of numbers, which another report can be compared with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simpact.errors import UserError
from simpact.report.figures import Figures, Row
from simpact.report.gates import gates_of

FORMAT = 1


@dataclass(frozen=True)
class Measure:
    """One number: what it is about, its name, and its interval where it has one."""

    section: str
    item: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class _Source:
    """Which columns of a query make a measure."""

    section: str
    query: str
    item: tuple[str, ...]
    value: str
    interval: tuple[str, str] | None = None


_SOURCES = (
    _Source("coverage", "coverage", ("outcome",), "n_events"),
    _Source("rows", "tables", ("table_name",), "n_rows"),
    _Source("released threads", "threads_by_time", ("action_type",), "n_threads"),
    _Source("suppression", "suppression", ("fate",), "n_threads"),
    _Source("redaction", "replaced", ("entity",), "n_replaced"),
    _Source("recall of redaction", "redaction", ("source", "entity"), "recall"),
    _Source("attacks", "attacks", ("attack",), "success", ("ci_low", "ci_high")),
    _Source("adapters: held-out loss", "adapters", ("adapter",), "held_out_loss"),
    _Source("attacks on adapters", "adapter_attacks", ("measure", "adapter"), "value", ("ci_low", "ci_high")),
    _Source("scores", "scores", ("metric", "model"), "value", ("ci_low", "ci_high")),
    _Source("clustering gain", "clustering_gain", ("grouped_by", "group_id"), "gain", ("ci_low", "ci_high")),
    _Source("macro-F1 of actions", "action_scores", ("split", "part", "model"), "value", ("ci_low", "ci_high")),
    _Source("automation", "automation", ("metric", "scale"), "value"),
    _Source(
        "context validity",
        "context_validity",
        ("action_type", "posts_per_day"),
        "agreement",
        ("agreement_low", "agreement_high"),
    ),
)


def measures_of(figures: Figures) -> list[Measure]:
    """All numbers of a report that are one person's in no case; rows with the same name are added up."""
    measures = [*_gates(figures), *_card(figures)]
    for source in _SOURCES:
        by_item: dict[str, Measure] = {}
        for row in figures[source.query] or []:
            measure = _measure(source, row)
            if measure is None:
                continue
            before = by_item.get(measure.item)
            value = measure.value + before.value if before else measure.value
            by_item[measure.item] = Measure(measure.section, measure.item, value, measure.low, measure.high)
        measures += by_item.values()
    return measures


def as_json(measures: list[Measure]) -> str:
    """The text of report.json."""
    return json.dumps({"format": FORMAT, "figures": [asdict(measure) for measure in measures]}, indent=1) + "\n"


def read_measures(path: Path) -> list[Measure]:
    """The measures of another report. Raises UserError when the file is no report.json, OSError when it cannot be read."""
    try:
        held: Any = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] == FORMAT:
            return [_read(figure) for figure in held["figures"]]
    except (ValueError, TypeError, KeyError):
        pass
    raise UserError(f"'{path}' is no report.json that this version of simpact reads.")


def _read(figure: dict[str, Any]) -> Measure:
    numbers = {name: figure[name] for name in ("value", "low", "high")}
    if not all(number is None or isinstance(number, int | float) for number in numbers.values()) or numbers["value"] is None:
        raise ValueError("a figure without its number")
    return Measure(str(figure["section"]), str(figure["item"]), **numbers)


def _gates(figures: Figures) -> list[Measure]:
    return [
        Measure("expectations not met", gate.short_name, len(gate.unmet))
        for gate in gates_of(figures)
        if figures[gate.name] is not None
    ]


def _card(figures: Figures) -> list[Measure]:
    rows = [row for row in figures["data_card"] or [] if row["section"] in ("collection", "counts", "privacy")]
    return [Measure(row["section"], row["item"], float(row["value"])) for row in rows if _is_number(row["value"])]


def _is_number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True


def _measure(source: _Source, row: Row) -> Measure | None:
    if row[source.value] is None:
        return None
    low, high = (row[name] for name in source.interval) if source.interval else (None, None)
    item = " ".join("all" if row[name] is None else str(row[name]) for name in source.item)
    return Measure(source.section, item, row[source.value], low, high)
