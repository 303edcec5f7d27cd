"""What changed between two reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simpact.report.measures import Measure


@dataclass(frozen=True)
class Change:
    """A number that is not what it was; None where one of the reports does not have it."""

    section: str
    item: str
    before: float | None
    now: float | None
    is_beyond_chance: bool | None  # whether the intervals have nothing in common; None where there are none


def changes_between(before: Sequence[Measure], now: Sequence[Measure]) -> list[Change]:
    """Every number that differs, in the order of the newer report; those that are gone come last."""
    old = {(measure.section, measure.item): measure for measure in before}
    new = {(measure.section, measure.item): measure for measure in now}
    names = [*new, *(name for name in old if name not in new)]
    changes = (_change(name, old.get(name), new.get(name)) for name in names)
    return [change for change in changes if change is not None]


def _change(name: tuple[str, str], before: Measure | None, now: Measure | None) -> Change | None:
    if before and now:
        if math.isclose(before.value, now.value, rel_tol=1e-9, abs_tol=1e-12):
            return None
        return Change(*name, before.value, now.value, _is_apart(before, now))
    return Change(*name, before.value if before else None, now.value if now else None, None)


def _is_apart(before: Measure, now: Measure) -> bool | None:
    if before.low is None or before.high is None or now.low is None or now.high is None:
        return None
    return before.high < now.low or now.high < before.low
