"""
Draw with matplotlib as SVG that a page holds inline: no script, no font, no file.

Reads:    labelled numbers
Writes:   SVG as text, in the colours of the page it stands in
Gives up: never; no numbers give an empty text
Version:  none; equal numbers give equal bytes with the same matplotlib
Next:     the nightly report
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["HATCHES", "Bar", "bar_pairs", "dot_pairs", "stacked_bars"]

#: Inches (72 points each) of a drawing's width and of a row; where the bars begin and end, 0..1.
_WIDTH, _ROW = 10.0, 0.36
_LEFT, _RIGHT = 0.3, 0.88
_LABEL_CHARS = 34
#: A part narrower than this share of its bar cannot hold its number.
_MIN_NUMBER_SHARE = 0.045
#: Parts are told by pattern and place, never by colour alone; the two large ones stay plain.
HATCHES = ("", "xxx", "", "///", "|||", "---")
#: Colours of the drawing that stand for those of the page, light or dark: ``--p0`` and so on.
_COLOURS: Mapping[str, str] = {
    "ink": "#01010a",
    "soft": "#01010b",
    "card": "#01010c",
    "accent": "#01010d",
    **{f"p{number}": f"#0101{number:02x}" for number in range(len(HATCHES))},
    **{f"on{number}": f"#0102{number:02x}" for number in range(len(HATCHES))},
}
_STYLE: dict[Any, Any] = {
    # Text stays text, so that the page's font and a screen reader reach it; ids are the same
    # each time; a dollar in a label is a dollar.
    "svg.fonttype": "none",
    "text.parse_math": False,
    "hatch.color": _COLOURS["ink"],
    "hatch.linewidth": 0.5,
    "font.size": 10,
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a drawing."""

    label: str
    #: At least 0.
    value: float
    #: The same figure a night before; None where there is none.
    before: float | None
    #: How the value reads.
    text: str


def bar_pairs(bars: Sequence[Bar], *, title: str, words: str) -> Markup:
    """
    One bar a row, with a dashed outline for the night before.

    Args:
        bars: From top to bottom.
        title: Name of the drawing, for those who cannot see it.
        words: What it shows, with the main figures.
    """
    top = max((max(bar.value, bar.before or 0) for bar in bars), default=0) or 1

    def draw(axes: "Axes") -> None:
        for row, bar in enumerate(bars):
            axes.barh(row, bar.value / top, height=0.6, color=_COLOURS["accent"])
            if bar.before is not None:
                axes.barh(
                    row,
                    bar.before / top,
                    height=0.78,
                    fill=False,
                    linestyle=(0, (3, 2)),
                    edgecolor=_COLOURS["soft"],
                )
            end = max(bar.value, bar.before or 0) / top
            _write(axes, end + 0.01, row, bar.text, colour="soft")

    return _drawn([bar.label for bar in bars], draw, title, words)


def dot_pairs(bars: Sequence[Bar], *, title: str, words: str) -> Markup:
    """
    A ring for the time before and a disc for now, on a line from 0 to 1, one pair a row.

    Args:
        bars: From top to bottom; values are shares.
        title: Name of the drawing.
        words: What it shows.
    """

    def draw(axes: "Axes") -> None:
        for row, bar in enumerate(bars):
            axes.plot([0, 1], [row, row], color=_COLOURS["soft"], linewidth=0.4)
            if bar.before is not None:
                ends = [bar.before, bar.value]
                axes.plot(ends, [row, row], color=_COLOURS["accent"], linewidth=2)
                _dot(axes, bar.before, row, "card")
            _dot(axes, bar.value, row, "accent")
            _write(axes, 1.02, row, bar.text, colour="soft")

    return _drawn([bar.label for bar in bars], draw, title, words)


def stacked_bars(
    rows: Mapping[str, Mapping[str, int]], parts: Sequence[str], *, title: str, words: str
) -> Markup:
    """
    One full-width bar a row, divided into shares; each part has its pattern and its number.

    Args:
        rows: Label to part to count.
        parts: All parts, in drawing order; the first has the page's colour ``--p0``.
        title: Name of the drawing.
        words: What it shows.
    """
    shown = {label: counts for label, counts in rows.items() if sum(counts.values())}

    def draw(axes: "Axes") -> None:
        for row, counts in enumerate(shown.values()):
            left, total = 0.0, sum(counts.values())
            for number, part in enumerate(parts):
                share = counts.get(part, 0) / total
                if not share:
                    continue
                axes.barh(
                    row,
                    share,
                    left=left,
                    height=0.78,
                    facecolor=_COLOURS[f"p{number}"],
                    hatch=HATCHES[number],
                    edgecolor=_COLOURS["card"],
                )
                if share >= _MIN_NUMBER_SHARE:
                    _write(axes, left + 0.008, row, str(counts[part]), colour=f"on{number}")
                left += share

    return _drawn(list(shown), draw, title, words)


def _drawn(labels: Sequence[str], draw: Any, title: str, words: str) -> Markup:  # noqa: ANN401
    """Rows with their labels on the left and what *draw* puts beside them."""
    if not labels:
        return Markup()
    import matplotlib as mpl  # noqa: PLC0415 - heavy
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy

    written = io.StringIO()
    # Two drawings of one page must not share ids.
    with mpl.rc_context(_STYLE | {"svg.hashsalt": title}):
        figure = Figure(figsize=(_WIDTH, len(labels) * _ROW))
        axes = figure.add_axes((_LEFT, 0, _RIGHT - _LEFT, 1))
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        for row, label in enumerate(labels):
            short = label if len(label) <= _LABEL_CHARS else f"{label[: _LABEL_CHARS - 1]}…"
            _write(axes, -0.015, row, short, side="right")
        draw(axes)
        figure.savefig(written, format="svg", transparent=True, metadata=_NO_METADATA)
    return _for_page(written.getvalue(), title, words)


def _for_page(svg: str, title: str, words: str) -> Markup:
    """The drawing alone, named for those who do not see it, in colours and font of the page."""
    body = svg[svg.index("<svg") :]
    for name, placeholder in _COLOURS.items():
        body = body.replace(placeholder, f"var(--{name})")
    body = re.sub(r"\bfont(?:-family)?: [^;\"]*[;]?", "", body)
    # Names of groups are the same in each drawing, and the rule for all would hold for the page.
    body = re.sub(r'<g id="[^"]*">', "<g>", body)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    size = re.search(r'viewBox="[^"]*"', body)
    head = Markup(
        '<svg {box} role="img" aria-label="{t}. {w}" xmlns:xlink="http://www.w3.org/1999/xlink">'
        "<title>{t}</title><desc>{w}</desc>"
    ).format(box=Markup(size[0] if size else ""), t=title, w=words)  # noqa: S704 - matplotlib's
    return head + Markup(body[body.index(">") + 1 :])  # noqa: S704 - escaped by matplotlib


def _write(
    axes: "Axes", x: float, y: float, words: str, *, colour: str = "ink", side: str = "left"
) -> None:
    printable = "".join(sign for sign in words if sign.isprintable())
    axes.text(x, y, printable, color=_COLOURS[colour], ha=side, va="center_baseline", clip_on=False)


def _dot(axes: "Axes", x: float, y: float, colour: str) -> None:
    axes.plot(
        [x],
        [y],
        marker="o",
        markersize=8,
        markerfacecolor=_COLOURS[colour],
        markeredgecolor=_COLOURS["accent"],
        clip_on=False,
    )
