"""report.html and summary.md, from their templates."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simpact.report.changes import Change
from simpact.report.figures import Figures
from simpact.report.measures import Measure
from simpact.report.parts import Section

HERE = Path(__file__).parent
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # no page may hold these, whatever a text holds


def page_text(figures: Figures, sections: Sequence[Section], changes: Sequence[Change] | None) -> str:
    """The page. `changes` is None where there is nothing to compare with."""
    text = (
        _environment(autoescape=True)
        .get_template("report.html")
        .render(release=_release(figures), sections=sections, changes=changes)
    )
    style = STYLE.search(text)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    return UNSEEN.sub("�", text.replace("STYLE-SHA256", digest, 1))


def summary_text(
    figures: Figures, sections: Sequence[Section], measures: Sequence[Measure], changes: Sequence[Change] | None
) -> str:
    """The summary for a pull request."""
    before = None if changes is None else {(change.section, change.item): change.before for change in changes}
    text = (
        _environment(autoescape=False)
        .get_template("summary.md")
        .render(
            release=_release(figures),
            gates=next(section.tiles for section in sections if section.anchor == "gates"),
            unmet=[
                figure
                for section in sections
                if section.anchor == "gates"
                for figure in section.figures
                if figure.title == "Not met"
            ],
            missing=[section for section in sections if section.missing],
            measures=measures,
            before=before,
            changes=changes,
        )
    )
    return UNSEEN.sub("�", re.sub(r"\n{3,}", "\n\n", text))


def _release(figures: Figures) -> dict[str, str]:
    return {row["item"]: row["value"] for row in figures["data_card"] or [] if row["section"] == "release"}


def _environment(autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": shown, "cell": markdown_cell}
    return environment


def shown(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"
    return str(value)


def markdown_cell(value: Any) -> str:
    """A value in a cell of a Markdown table, where it can be neither markup nor the end of the cell."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(shown(value).split()))
