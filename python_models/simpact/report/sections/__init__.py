"""The sections of a report, in order. Each module makes one from the figures."""

from __future__ import annotations

from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.parts import Section
from simpact.report.sections import (
    action_models,
    adapters,
    answers,
    attacks,
    came_in,
    context,
    gates,
    machines,
    personas,
    privacy,
    released,
)

_IN_ORDER = (gates, came_in, released, personas, privacy, attacks, adapters, answers, action_models, machines, context)


def sections_of(figures: Figures, pencil: Pencil) -> list[Section]:
    """All sections; one whose tables are not built says so."""
    return [module.section(figures, pencil) for module in _IN_ORDER]
