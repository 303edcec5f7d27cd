"""What a page is made of: sections of figures and tables. The template knows these and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simpact.report.drawing import Drawn
from simpact.report.figures import Row


@dataclass(frozen=True)
class Table:
    """Rows of cells under the names of their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, rows: Sequence[Row], columns: Mapping[str, str]) -> Table:
        """Some columns of rows, under the names that `columns` gives them."""
        return cls(tuple(columns.values()), tuple(tuple(row[name] for name in columns) for row in rows))


@dataclass(frozen=True)
class Figure:
    """A chart, what it shows in a sentence, and the table behind it; or a table alone."""

    title: str
    says: str
    table: Table
    drawn: Drawn | None = None
    is_open: bool = False  # whether the table is in view from the start


@dataclass(frozen=True)
class Tile:
    """One figure in large."""

    name: str
    value: Any
    note: str = ""


@dataclass(frozen=True)
class Message:
    """What somebody says in a thread, or does: `text` is None for an act without words."""

    speaker: str
    action: str | None
    gap: str | None
    text: str | None


@dataclass(frozen=True)
class Thread:
    """A released thread, as it is read."""

    title: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Section:
    """A part of the page; `missing` says why there is none."""

    anchor: str
    title: str
    lead: str = ""
    missing: str = ""
    tiles: tuple[Tile, ...] = ()
    figures: tuple[Figure, ...] = ()
    threads: tuple[Thread, ...] = field(default=())
