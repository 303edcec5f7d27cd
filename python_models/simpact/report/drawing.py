"""Charts as SVG inside the page, drawn once: no script, no font and no picture is loaded, and the page's colours apply.

Vega's own SVG is drawn by vl-convert, without a browser and without a network. Colours are the page's custom properties, which
a light and a dark page set. Every chart is drawn twice, for a broad and for a narrow page, since words in a scaled chart are
too small to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import altair as alt
import vl_convert
from markupsafe import Markup

WIDE, NARROW = 680, 300

# What marks are called becomes their tooltip. The chart as a whole has its text alternative, so the roles of its parts only
# weigh, as do empty frames and more than a tenth of a pixel.
_EMPTY = re.compile(r'<path class="(?:background|foreground)" aria-hidden="true" d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_NAMED = re.compile(r'<(path|line|text) aria-label="([^"]*)"([^>]*)/>')
_WEIGHT = re.compile(
    r' (?:aria-(?:label|roledescription|hidden)|role|pointer-events|xmlns(?::xlink)?|version|class|stroke-miterlimit)="[^"]*"'
)
_PLACE = re.compile(r' (?:transform|d|x2?|y2?|width|height)="[^"]*"')
_LONG = re.compile(r"(\.\d)\d+")
_ID = re.compile(r'( id="|url\(#)')


@dataclass(frozen=True)
class Drawn:
    """A chart for a broad page and for a narrow one."""

    wide: Markup
    narrow: Markup


class Pencil:
    """Draws charts for one page."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count()

    def draw(self, chart: Callable[[int], alt.TopLevelMixin]) -> Drawn:
        """Draw what `chart` gives for a width in pixels."""
        return Drawn(*(self._svg(chart(width)) for width in (WIDE, NARROW)))

    def _svg(self, chart: alt.TopLevelMixin) -> Markup:
        svg = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
        svg = _NAMED.sub(r"<\1\3><title>\2</title></\1>", _EMPTY.sub("", svg))
        svg = _PLACE.sub(lambda place: _LONG.sub(r"\1", place[0]), _WEIGHT.sub("", svg))
        number = next(self._numbers)  # ids of two charts must differ
        return Markup(_ID.sub(rf"\g<1>g{number}-", svg))
