"""Templates, and values as people read them, in a page or in a table of Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simpact.report.figures import Figures
from simpact.report.gates import GATES, gates_of

VERDICTS = ("coverage", *(f"gate_{gate}" for gate in GATES))  # the queries behind verdicts_text

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # no page may hold these, whatever a text holds
_MARKUP = re.compile(r"[\\`*\[\]<>|#~]|(?<![^\W_])_|_(?![^\W_])")  # within a word an underscore is none


def rendered(template: str, **given: Any) -> str:
    """A template of this folder, filled in; in HTML what is given is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=template.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": shown, "cell": markdown_cell}
    text = environment.get_template(template).render(given)
    return _UNSEEN.sub("�", text if template.endswith(".html") else re.sub(r"\n{3,}", "\n\n", text))


def verdicts_text(figures: Figures) -> str:
    """The gates and the coverage: counts and reasons, no value of anybody. `figures` has those of VERDICTS."""
    return rendered("verdicts.md", gates=gates_of(figures), coverage=figures["coverage"] or []).strip()


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
    return _MARKUP.sub(r"\\\g<0>", " ".join(shown(value).split()))
