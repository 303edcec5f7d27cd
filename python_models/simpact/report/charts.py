"""The kinds of charts. Each takes rows and names of their columns, and gives a chart for every width.

`says`, where rows have it, is the tooltip of a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt

from simpact.report.drawing import NARROW
from simpact.report.figures import Row

Chart = Callable[[int], alt.TopLevelMixin]

COLOURS = [f"var(--c{number})" for number in range(10)]
INK, SOFT, LINE = "var(--ink)", "var(--soft)", "var(--line)"
FONT = "Arial, Helvetica, sans-serif"  # vl-convert measures words as the browser does in a font of these widths


def bars(rows: Sequence[Row], label: str, value: str, group: str = "", groups: Sequence[str] = ()) -> Chart:
    """Horizontal bars in the order of the rows, stacked by `group`."""

    def chart(width: int) -> alt.TopLevelMixin:
        encoded = (
            _base(rows)
            .mark_bar(height={"band": 0.72})
            .encode(
                x=alt.X(value, type="quantitative", title=None, axis=_number_axis(width)),
                y=alt.Y(label, type="nominal", title=None, sort=_order(rows, label), axis=_name_axis(width)),
                color=_colour(group, groups, width),
                description=_says(rows),
            )
        )
        return _finished(encoded, width, 21 * len(_order(rows, label)))

    return chart


def columns(rows: Sequence[Row], place: str, value: str, group: str, groups: Sequence[str]) -> Chart:
    """Upright bars, one for each place in the order of the rows, stacked by `group`."""

    def chart(width: int) -> alt.TopLevelMixin:
        axis = alt.Axis(labelAngle=-45 if len(_order(rows, place)) > 6 else 0, labelOverlap=True)
        encoded = (
            _base(rows)
            .mark_bar()
            .encode(
                x=alt.X(place, type="ordinal", title=None, sort=_order(rows, place), axis=axis),
                y=alt.Y(value, type="quantitative", title=None, axis=alt.Axis(format="~s", tickCount=5)),
                color=_colour(group, groups, width),
                order=alt.Order("place_in_stack", type="quantitative"),
                description=_says(rows),
            )
        )
        return _finished(encoded, width, 220)

    return chart


def intervals(
    rows: Sequence[Row],
    label: str,
    value: str,
    low: str,
    high: str,
    group: str = "",
    groups: Sequence[str] = (),
    mark: float | None = None,
    lowest: float | None = None,
) -> Chart:
    """A dot and its interval by label, side by side where a label has several groups; `mark` draws a line at a value."""
    is_paired = len(rows) > len(_order(rows, label))

    def chart(width: int) -> alt.TopLevelMixin:
        y = alt.Y(label, type="nominal", title=None, sort=_order(rows, label), axis=_name_axis(width))
        scale = alt.Scale(zero=False) if lowest is None else alt.Scale(domainMin=lowest)
        x = alt.X(value, type="quantitative", title=None, scale=scale, axis=_number_axis(width, "~g"))
        shift: dict[str, Any] = {}
        if is_paired:
            shift["yOffset"] = alt.YOffset(group, type="nominal", sort=list(groups), scale=alt.Scale(paddingOuter=0.4))
        base = _base(rows).encode(y=y, color=_colour(group, groups, width), **shift)
        whiskers = base.mark_rule(strokeWidth=2, opacity=0.7).encode(x=alt.X(low, type="quantitative", title=None), x2=high)
        dots = base.mark_point(filled=True, size=45, opacity=1).encode(x=x, description=_says(rows))
        layers = [whiskers, dots]
        if mark is not None:
            layers.insert(0, _base([{"at": mark}]).mark_rule(color=SOFT, strokeDash=[4, 3]).encode(x="at:Q"))
        height = (30 if is_paired else 23) * len(_order(rows, label))
        return _finished(alt.layer(*layers), width, height)

    return chart


def lines(rows: Sequence[Row], x: str, y: str, series: str, group: str, groups: Sequence[str], x_name: str) -> Chart:
    """One line for each of `series`, in the colour of its group."""

    def chart(width: int) -> alt.TopLevelMixin:
        encoded = (
            _base(rows)
            .mark_line(strokeWidth=1.5, opacity=0.85)
            .encode(
                x=alt.X(x, type="quantitative", title=x_name, axis=_number_axis(width)),
                y=alt.Y(y, type="quantitative", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
                detail=alt.Detail(series, type="nominal"),
                color=_colour(group, groups, width),
            )
        )
        return _finished(encoded, width, 240)

    return chart


def points(rows: Sequence[Row], x: str, y: str, size: str, group: str, groups: Sequence[str], label: str = "") -> Chart:
    """A map of places, a step being as long in both directions: as large as `size`, with a label on each where it is given."""
    across, up = _window([row[x] for row in rows], [row[y] for row in rows])

    def chart(width: int) -> alt.TopLevelMixin:
        base = _base(rows).encode(
            x=alt.X(x, type="quantitative", axis=None, scale=alt.Scale(domain=across, nice=False)),
            y=alt.Y(y, type="quantitative", axis=None, scale=alt.Scale(domain=up, nice=False)),
        )
        largest = (900 if width > NARROW else 400) if len(rows) <= 60 else 120
        dots = base.mark_circle(opacity=0.65).encode(
            size=alt.Size(size, type="quantitative", legend=None, scale=alt.Scale(range=[0, largest], zero=True)),
            color=_colour(group, groups, width),
            description=_says(rows),
        )
        if not label:
            return _finished(dots, width, width * 2 // 3)
        names = base.mark_text(fontSize=10, color=INK, font=FONT).encode(text=alt.Text(label, type="nominal"))
        return _finished(alt.layer(dots, names), width, width * 2 // 3)

    return chart


def cells(rows: Sequence[Row], x: str, y: str, value: str, x_name: str, y_name: str) -> Chart:
    """A matrix with its values written in it, the lowest the strongest."""

    def chart(width: int) -> alt.TopLevelMixin:
        base = _base(rows).encode(
            x=alt.X(x, type="ordinal", title=x_name, axis=alt.Axis(labelAngle=0, orient="top")),
            y=alt.Y(y, type="ordinal", title=y_name),
        )
        scale = alt.Scale(range=[0.75, 0.05], zero=False)
        shades = base.mark_rect(color=COLOURS[0]).encode(
            opacity=alt.Opacity(value, type="quantitative", legend=None, scale=scale), description=_says(rows)
        )
        numbers = base.mark_text(color=INK, font=FONT).encode(text=alt.Text(value, type="quantitative", format=".2f"))
        side = len(_order(rows, y))
        return _finished(alt.layer(shades, numbers), min(width, 90 + 70 * side), 60 + 34 * side)

    return chart


def _window(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """What of a plane to show, three to two: all places, with some room around them."""
    centre = [(min(of) + max(of)) / 2 for of in (xs, ys)]
    half = 0.57 * max(max(xs) - min(xs), 1.5 * (max(ys) - min(ys)), 1e-9)
    return [centre[0] - half, centre[0] + half], [centre[1] - half / 1.5, centre[1] + half / 1.5]


def _base(rows: Sequence[Row]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def _order(rows: Sequence[Row], column: str) -> list[Any]:
    return list(dict.fromkeys(row[column] for row in rows))


def _says(rows: Sequence[Row]) -> alt.Description:
    return alt.Description("says", type="nominal") if rows and "says" in rows[0] else alt.Description(value="")


def _colour(group: str, groups: Sequence[str], width: int) -> Any:
    if not group:
        return alt.value(COLOURS[0])
    legend = None
    if len(groups) > 1:
        legend = alt.Legend(title=None, orient="top", columns=2 if width <= NARROW else 4, labelLimit=width // 2 - 30)
    scale = alt.Scale(domain=list(groups), range=[COLOURS[number % len(COLOURS)] for number in range(len(groups))])
    return alt.Color(group, type="nominal", scale=scale, legend=legend)


def _number_axis(width: int, form: str = "~s") -> alt.Axis:
    return alt.Axis(format=form, tickCount=4 if width <= NARROW else 8)


def _name_axis(width: int) -> alt.Axis:
    return alt.Axis(labelLimit=125 if width <= NARROW else 240, domain=False, ticks=False)


def _finished(chart: Any, width: int, height: int) -> alt.TopLevelMixin:
    """A chart of that width in all, its words included, in the colours of the page."""
    finished: alt.TopLevelMixin = (
        chart.properties(
            width=width,
            height=max(height, 24),
            background="transparent",
            padding=4,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=SOFT,
            gridColor=LINE,
            domainColor=SOFT,
            tickColor=SOFT,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=INK, labelFontSize=12)
    )
    return finished
