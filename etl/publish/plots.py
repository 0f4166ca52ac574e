"""
Draw bars as SVG that a page holds inline: no script, no font, no file.

Reads:    labelled numbers
Writes:   SVG as text
Gives up: never; no numbers give an empty text
Version:  none; a drawing is never an input
Next:     the nightly report
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = ["PLAIN_PARTS", "Bar", "bar_pairs", "stacked_bars"]

_WIDTH = 720
_LABEL_WIDTH = 216
_VALUE_WIDTH = 90
_ROW_HEIGHT = 26
_BAR_HEIGHT = 16
#: Parts that are told by their tone alone; the others carry a pattern over it.
PLAIN_PARTS = (0, 2)
#: A part narrower than this cannot hold its number, pixels.
_MIN_NUMBER_WIDTH = 26


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
    One bar a row, with an outline for the night before.

    Args:
        bars: From top to bottom.
        title: Name of the drawing, for those who cannot see it.
        words: What it shows, with the main figures.
    """
    if not bars:
        return Markup()
    top = max(max(bar.value, bar.before or 0) for bar in bars) or 1
    room = _WIDTH - _LABEL_WIDTH - _VALUE_WIDTH
    rows = []
    for index, bar in enumerate(bars):
        y = index * _ROW_HEIGHT
        rows.append(_label(bar.label, y))
        rows.append(_rect(_LABEL_WIDTH, y + 5, bar.value / top * room, _BAR_HEIGHT, "bar"))
        end = bar.value
        if bar.before is not None:
            width = bar.before / top * room
            rows.append(_rect(_LABEL_WIDTH, y + 3, width, _BAR_HEIGHT + 4, "before"))
            end = max(end, bar.before)
        x = _LABEL_WIDTH + end / top * room + 6
        rows.append(_text(x, y, bar.text))
    return _svg(rows, len(bars), title, words)


def stacked_bars(
    rows: Mapping[str, Mapping[str, int]], parts: Sequence[str], *, title: str, words: str
) -> Markup:
    """
    One full-width bar a row, divided into shares; each part has its tone or pattern
    and its number.

    Args:
        rows: Label to part to count.
        parts: All parts, in drawing order; also their CSS classes ``part-0`` and so on.
        title: Name of the drawing.
        words: What it shows.
    """
    shown = {label: counts for label, counts in rows.items() if sum(counts.values())}
    if not shown:
        return Markup()
    room = _WIDTH - _LABEL_WIDTH - 4
    drawn = []
    for index, (label, counts) in enumerate(shown.items()):
        y, x, total = index * _ROW_HEIGHT, float(_LABEL_WIDTH), sum(counts.values())
        drawn.append(_label(label, y))
        for number, part in enumerate(parts):
            width = counts.get(part, 0) / total * room
            if not width:
                continue
            hint = f"{label}: {counts[part]} {part}"
            drawn.append(_rect(x, y + 3, width, _BAR_HEIGHT + 4, f"part-{number}", hint))
            if number not in PLAIN_PARTS:
                drawn.append(_rect(x, y + 3, width, _BAR_HEIGHT + 4, f"hatch-{number}"))
            if width >= _MIN_NUMBER_WIDTH:
                drawn.append(_text(x + 5, y, str(counts[part]), f"on-{number}"))
            x += width
    return _svg(drawn, len(shown), title, words)


def _svg(rows: Sequence[Markup], row_count: int, title: str, words: str) -> Markup:
    height = row_count * _ROW_HEIGHT + 4
    return Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{t}. {d}"><title>{t}</title>'
        "<desc>{d}</desc>{body}</svg>"
    ).format(w=_WIDTH, h=height, t=title, d=words, body=Markup().join(rows))


def _label(words: str, y: float) -> Markup:
    short = words if len(words) <= 30 else words[:29] + "…"
    return Markup('<text x="{x}" y="{y}" text-anchor="end">{t}</text>').format(
        x=_LABEL_WIDTH - 8, y=y + 18, t=short
    )


def _text(x: float, y: float, words: str, style: str = "value") -> Markup:
    return Markup('<text x="{x:.1f}" y="{y:.1f}" class="{c}">{t}</text>').format(
        x=x, y=y + 18, c=style, t=words
    )


def _rect(
    x: float,
    y: float,
    width: float,
    height: float,
    style: str,
    hint: str = "",
) -> Markup:
    inner = Markup("<title>{}</title>").format(hint) if hint else escape("")
    return Markup(
        '<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" class="{c}">{i}</rect>'
    ).format(x=x, y=y, w=width, h=height, c=style, i=inner)
