"""report.html and summary.md, from their templates."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from simpact.report.changes import Change
from simpact.report.figures import Figures
from simpact.report.markdown import rendered, verdicts_text
from simpact.report.measures import Measure
from simpact.report.parts import Section

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page_text(figures: Figures, sections: Sequence[Section], changes: Sequence[Change] | None) -> str:
    """The page. `changes` is None where there is nothing to compare with."""
    text = rendered("report.html", release=_release(figures), sections=sections, changes=changes)
    style = STYLE.search(text)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    return text.replace("STYLE-SHA256", digest, 1)


def summary_text(
    figures: Figures, sections: Sequence[Section], measures: Sequence[Measure], changes: Sequence[Change] | None
) -> str:
    """The summary for a pull request."""
    return rendered(
        "summary.md",
        release=_release(figures),
        verdicts=verdicts_text(figures),
        missing=[section for section in sections if section.missing],
        measures=measures,
        before=None if changes is None else {(change.section, change.item): change.before for change in changes},
        changes=changes,
    )


def _release(figures: Figures) -> dict[str, str]:
    return {row["item"]: row["value"] for row in figures["data_card"] or [] if row["section"] == "release"}
