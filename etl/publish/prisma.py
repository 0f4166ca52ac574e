"""
Draw the flow of PRISMA 2020 as SVG: what was found, what left the flow and why, what stayed.

Reads:    counts by stage and reason, as in ``out.prisma``
Writes:   SVG as text; no script, no font, no file
Gives up: never; without counts every box says 0
Version:  none; a drawing is never an input
Next:     people
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

__all__ = ["prisma_svg"]

_WIDTH, _BOX, _SIDE_X = 760, 320, 420
_LINE, _PAD, _GAP = 20, 14, 34
#: Reasons shown in a box; the rest is summed up.
_MOST_REASONS = 6
_WORDS = {
    "licence": "licence", "out_of_scope": "language or terms", "taken_down": "taken down",
    "no_full_text": "no open copy known", "duplicate": "duplicates",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """One box: a line in bold, then lines below it."""

    head: str
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        return 2 * _PAD + _LINE * (1 + len(self.lines))


def prisma_svg(rows: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """
    Draw the flow.

    Args:
        rows: Mappings with ``stage``, ``reason`` and ``record_count``.
        title: Name of the figure, e.g. that of the corpus.

    Returns:
        A whole SVG document; its text tells the same numbers to those who cannot see it.
    """
    pairs = _boxes(rows)
    y = _PAD
    parts: list[Markup] = []
    for index, (main, side) in enumerate(pairs):
        height = max(main.height, side.height if side else 0)
        parts.append(_box(_PAD, y, main))
        if side is not None:
            parts.append(_box(_SIDE_X, y, side))
            middle = y + min(main.height, side.height) / 2
            parts.append(_arrow(_PAD + _BOX, middle, _SIDE_X, middle))
        if index < len(pairs) - 1:
            x = _PAD + _BOX / 2
            parts.append(_arrow(x, y + main.height, x, y + height + _GAP))
        y += height + _GAP
    words = "; ".join(_spoken(main, side) for main, side in pairs)
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" '
            'aria-labelledby="prisma-title prisma-words" font-family="sans-serif" font-size="14">'
            '<title id="prisma-title">{title}</title><desc id="prisma-words">{words}</desc>'
            '<rect width="{w}" height="{h}" fill="#ffffff"/>{parts}</svg>\n'
        ).format(w=_WIDTH, h=y - _GAP + _PAD, title=title, words=words, parts=Markup().join(parts))
    )


def _boxes(rows: Sequence[Mapping[str, Any]]) -> list[tuple[_Box, _Box | None]]:
    found, doubled = _counts(rows, "identified"), _counts(rows, "duplicate")
    out, lost = _counts(rows, "screened_out"), _counts(rows, "not_retrieved")
    unread, waiting = _counts(rows, "read_out"), _counts(rows, "waiting")
    included, answered = _counts(rows, "included"), _counts(rows, "answered")
    screened = _sum(found) - _sum(doubled)
    sought = screened - _sum(out)
    assessed = sought - _sum(lost)
    return [
        (_main("Records identified", _sum(found), found), _main("Duplicates", _sum(doubled), {})),
        (_main("Records screened", screened, {}), _main("Left out", _sum(out), out)),
        (_main("Texts sought", sought, {}), _main("Not retrieved", _sum(lost), lost)),
        (
            _main("Texts assessed", assessed, {}),
            _main("Left out after reading", _sum(unread), unread),
        ),
        (
            _main("Included", _sum(included), {}),
            _main("Still waiting", _sum(waiting), waiting) if waiting else None,
        ),
        (_main("All questions decided", _sum(answered), {}), None),
    ]


def _counts(rows: Sequence[Mapping[str, Any]], stage: str) -> dict[str, int]:
    return {str(r["reason"]): int(r["record_count"]) for r in rows if r["stage"] == stage}


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _main(head: str, count: int, reasons: Mapping[str, int]) -> _Box:
    named = sorted(((n, _WORDS.get(r, r.replace("_", " "))) for r, n in reasons.items() if r))
    named.reverse()
    lines = [f"{words}: {n}" for n, words in named[:_MOST_REASONS]]
    if rest := sum(n for n, _ in named[_MOST_REASONS:]):
        lines.append(f"other reasons: {rest}")
    return _Box(head=f"{head}: {count}", lines=tuple(lines))


def _spoken(main: _Box, side: _Box | None) -> str:
    boxes = [main] if side is None else [main, side]
    return ", ".join(
        box.head + (f" ({', '.join(box.lines)})" if box.lines else "") for box in boxes
    )


def _box(x: float, y: float, box: _Box) -> Markup:
    lines = [
        Markup('<text x="{}" y="{}" fill="#1a1a1a"{}>{}</text>').format(
            x + _PAD,
            y + _PAD + 14 + index * _LINE,
            Markup(' font-weight="bold"') if index == 0 else "",
            escape(line[:44]),
        )
        for index, line in enumerate((box.head, *box.lines))
    ]
    frame = Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="#f7f7f2" stroke="#4a4a4a"/>'
    ).format(x, y, _BOX, box.height)
    return frame + Markup().join(lines)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> Markup:
    """A line with a head; horizontal or vertical."""
    head = f"{x2 - 8},{y2 - 4} {x2},{y2} {x2 - 8},{y2 + 4}"
    if x1 == x2:
        head = f"{x2 - 4},{y2 - 8} {x2},{y2} {x2 + 4},{y2 - 8}"
    return Markup(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="#4a4a4a"/>'
        '<polyline points="{}" fill="none" stroke="#4a4a4a"/>'
    ).format(x1, y1, x2, y2, head)
