"""
Order the words of a page as a reader would: fragments, columns, bands, lines.

A gutter is a vertical strip that almost no text crosses while long lines stand on both of its
sides. Text that does cross it (title, full-width figure caption) cuts the page into bands;
inside a band the left column is read before the right one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from etl.parse.pdf.words import Style, Word

__all__ = ["Line", "find_gutter", "order_lines", "to_fragments", "to_slanted_runs"]

#: A gap wider than this many letter sizes parts two fragments of one writing line.
_GAP_IN_SIZES = 1.0
#: Narrowest gutter, points; journals use 12 to 24.
_MIN_GUTTER = 6.0
#: A column's line is long when it fills this share of its column.
_LONG_SHARE = 0.7
#: Long lines that have to stand on each side, as a share of that side's lines
#: (parsing.md section 3.2: at least 12 %, or tables get cut) and at least this many.
_MIN_LONG_SHARE = 0.25
_MIN_LONG_LINES = 5
#: Letters of another part of the paper differ by this many points at least.
_SIZE_CHANGE = 0.4
_MIN_SIZED_LINES = 3
#: Columns within columns, and bands within bands, at most.
_MAX_DEPTH = 3


@dataclass(slots=True)
class Line:
    """Words that stand on one writing line of one column."""

    words: list[Word]
    page: int = 0
    #: Counts columns through the page in reading order.
    column: int = 0
    #: Left and right edge of the column the line stands in.
    left: float = 0.0
    right: float = 0.0
    x0: float = field(init=False)
    y0: float = field(init=False)
    x1: float = field(init=False)
    y1: float = field(init=False)
    baseline: float = field(init=False)
    style: Style = field(init=False)
    #: Kept once it was asked for: a line's words never change.
    _text: str | None = None

    def __post_init__(self) -> None:
        words = self.words
        self.x0 = min([word.x0 for word in words])
        self.x1 = max([word.x1 for word in words])
        self.style = _main_style(words)
        least = 0.8 * self.style.size
        main = [word for word in words if word.style.size >= least]
        self.y0 = min([word.y0 for word in main])
        self.y1 = max([word.y1 for word in main])
        self.baseline = max(main, key=_length).baseline

    @property
    def text(self) -> str:
        """The words with a blank between them, glued words without."""
        if self._text is None:
            pieces = [word.text if word.is_glued else f" {word.text}" for word in self.words]
            pieces[0] = self.words[0].text
            self._text = "".join(pieces)
        return self._text

    def with_words(self, words: list[Word]) -> "Line":
        """A line of some of its words, in the same place."""
        part = Line(words=words, page=self.page, column=self.column)
        part.left, part.right = self.left, self.right
        return part

    @property
    def size(self) -> float:
        """Letter size of most of the line, points."""
        return self.style.size


def _length(word: Word) -> int:
    return len(word.text)


def _main_style(words: Sequence[Word]) -> Style:
    first = words[0].style
    if all(word.style is first for word in words):
        return first
    weights: dict[Style, int] = {}
    for word in words:
        weights[word.style] = weights.get(word.style, 0) + len(word.text)
    return max(weights, key=lambda style: weights[style])


def to_fragments(words: Iterable[Word]) -> list[Line]:
    """Runs of words that follow each other on one writing line without a wide gap."""
    fragments: list[list[Word]] = []
    for word in words:
        if fragments and _continues(fragments[-1], word):
            fragments[-1].append(word)
        else:
            fragments.append([word])
    return [Line(words=run) for run in fragments]


def to_slanted_runs(words: Iterable[Word]) -> list[Line]:
    """Words that run up, down or aslant, those of one style that follow each other together."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and runs[-1][-1].style == word.style:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [Line(words=run) for run in runs]


def _continues(run: list[Word], word: Word) -> bool:
    last = run[-1]
    size = max(last.style.size, word.style.size, 1.0)
    gap = word.x0 - last.x1
    if not -0.5 * size <= gap <= _GAP_IN_SIZES * size:
        return False
    if abs(word.baseline - last.baseline) <= 0.2 * size:
        return True
    # Scripts: smaller letters whose box overlaps the line.
    overlap = min(word.y1, last.y1) - max(word.y0, last.y0)
    if overlap <= 0.3 * min(word.y1 - word.y0, last.y1 - last.y0):
        return False
    anchor = next((w for w in reversed(run) if w.style.size >= word.style.size), run[0])
    return abs(word.baseline - anchor.baseline) <= 0.6 * size and (
        word.style.size != last.style.size or word.is_glued
    )


def order_lines(fragments: list[Line], gutters: Sequence[float], width: float) -> list[Line]:
    """
    Put fragments into reading order and merge those of one line.

    Args:
        fragments: Of one page.
        gutters: Gutters of the whole paper, tried where the page alone shows none.
        width: Page width, points.

    Returns:
        Lines with their column number and column edges.
    """
    ordered: list[Line] = []
    columns = _read_region(fragments, gutters, depth=0)
    for number, column in enumerate(columns):
        lines = _merge(column)
        left = min(line.x0 for line in lines)
        right = max(line.x1 for line in lines)
        for line in lines:
            line.column, line.left, line.right = number, left, min(right, width)
        ordered.extend(lines)
    return ordered


def _read_region(
    fragments: list[Line], gutters: Sequence[float], *, depth: int
) -> list[list[Line]]:
    """Columns of a region in reading order."""
    if not fragments:
        return []
    gutter = None
    if depth < _MAX_DEPTH:
        # The paper's own gutter before the page's: a side bar on a title page looks like one too.
        gutter = next((x for x in gutters if _fits(fragments, x)), None) or find_gutter(fragments)
    if gutter is None:
        return [fragments]
    columns: list[list[Line]] = []
    for is_columnar, band in _bands(fragments, gutter):
        if is_columnar:
            for part in _parts_by_size(band, gutter):
                for side in _sides(part, gutter):
                    columns.extend(_read_region(side, (), depth=depth + 1))
        elif len(band) == len(fragments):
            columns.append(band)
        else:
            columns.extend(_read_region(band, (), depth=depth + 1))
    return columns


def _sides(band: Sequence[Line], gutter: float) -> tuple[list[Line], list[Line]]:
    left = [line for line in band if line.x0 + line.x1 <= 2 * gutter]
    right = [line for line in band if line.x0 + line.x1 > 2 * gutter]
    return left, right


def _parts_by_size(band: list[Line], gutter: float) -> list[list[Line]]:
    """
    Cut a band where white space runs through both columns and another letter size begins.

    Some journals set the reference list in two columns below the two columns of the text.
    """
    ordered = sorted(band, key=lambda line: line.y0)
    bottom = ordered[0].y1
    for index, line in enumerate(ordered):
        if index and line.y0 - bottom >= 1.2 * line.size:
            above, below = ordered[:index], ordered[index:]
            pairs = zip(_sides(above, gutter), _sides(below, gutter), strict=True)
            if all(_sizes_differ(upper, lower) for upper, lower in pairs):
                return [above, below]
        bottom = max(bottom, line.y1)
    return [band]


def _sizes_differ(upper: Sequence[Line], lower: Sequence[Line]) -> bool:
    sizes = [_main_size(lines) for lines in (upper, lower)]
    return all(sizes) and abs(sizes[0] - sizes[1]) >= _SIZE_CHANGE


def _main_size(lines: Sequence[Line]) -> float:
    """Size of most letters; 0 for less than three lines, which prove nothing."""
    if len(lines) < _MIN_SIZED_LINES:
        return 0.0
    weights: dict[float, int] = {}
    for line in lines:
        weights[line.size] = weights.get(line.size, 0) + len(line.text)
    return max(weights, key=lambda size: weights[size])


def _crosses(line: Line, gutter: float) -> bool:
    return line.x0 < gutter - 2 and line.x1 > gutter + 2


def _bands(fragments: list[Line], gutter: float) -> list[tuple[bool, list[Line]]]:
    """
    Cut where text crosses the gutter.

    Returns:
        Bands from top to bottom, each with True where it has prose on both sides; what is
        neither stays with the crossing text around it, such as a side bar beside an abstract.
    """
    ordered = sorted(fragments, key=lambda line: (line.baseline, line.x0))
    runs: list[tuple[bool, list[Line]]] = []
    for row in _rows(ordered):
        crosses = any(_crosses(line, gutter) for line in row)
        if runs and runs[-1][0] == crosses:
            runs[-1][1].extend(row)
        else:
            runs.append((crosses, list(row)))
    left, right = _sides([line for line in fragments if not _crosses(line, gutter)], gutter)
    widths = (_width(left), _width(right))
    bands: list[tuple[bool, list[Line]]] = []
    for crosses, run in runs:
        is_columnar = not crosses and _has_both_sides(run, gutter, widths)
        if bands and not is_columnar and not bands[-1][0]:
            bands[-1][1].extend(run)
        else:
            bands.append((is_columnar, run))
    return bands


def _rows(ordered: Iterable[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in ordered:
        if rows and line.baseline - rows[-1][0].baseline <= 0.3 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _width(lines: Sequence[Line]) -> float:
    if not lines:
        return 0.0
    return max(line.x1 for line in lines) - min(line.x0 for line in lines)


def _has_both_sides(run: Sequence[Line], gutter: float, widths: tuple[float, float]) -> bool:
    """At least one line of column length on each side, or one and more than two lines."""
    sides = _sides(run, gutter)
    long = [
        sum(line.x1 - line.x0 >= _LONG_SHARE * width for line in side)
        for side, width in zip(sides, widths, strict=True)
    ]
    return all(sides) and any(long) and (all(long) or len(run) > 4)


def find_gutter(fragments: list[Line]) -> float | None:
    """
    The middle of the strip that parts two columns, or None for one column.

    Args:
        fragments: Fragments of a page or of one column of it.
    """
    if len(fragments) < 2 * _MIN_LONG_LINES:
        return None
    left = min(line.x0 for line in fragments)
    right = max(line.x1 for line in fragments)
    span = right - left
    if span < 100:
        return None
    cover = [0] * (int(span) + 2)
    for line in fragments:
        cover[int(line.x0 - left)] += 1
        cover[min(int(line.x1 - left) + 1, len(cover) - 1)] -= 1
    for index in range(1, len(cover)):
        cover[index] += cover[index - 1]
    low, high = int(0.2 * span), int(0.8 * span)
    best: tuple[float, float] | None = None
    for start, end in _low_runs(cover, low, high):
        middle = left + (start + end) / 2
        if end - start >= _MIN_GUTTER and _has_columns(fragments, middle):
            crossing = min(cover[start : end + 1])
            score = crossing - 0.01 * (end - start)
            if best is None or score < best[0]:
                best = (score, middle)
    return best[1] if best else None


def _low_runs(cover: list[int], low: int, high: int) -> list[tuple[int, int]]:
    """Strips between *low* and *high* that are crossed much less than their surroundings."""
    peak = max(cover[low:high], default=0)
    limit = min(cover[low:high], default=0) + max(1, int(0.1 * peak))
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for index in range(low, high + 1):
        if index < high and cover[index] <= limit:
            start = index if start is None else start
        elif start is not None:
            runs.append((start, index))
            start = None
    return runs


def _has_columns(fragments: list[Line], gutter: float) -> bool:
    left = [line for line in fragments if line.x1 <= gutter]
    right = [line for line in fragments if line.x0 >= gutter]
    return _is_column(left) and _is_column(right)


def _is_column(lines: list[Line]) -> bool:
    if len(lines) < _MIN_LONG_LINES:
        return False
    long = _long_lines(lines)
    return len(long) >= max(_MIN_LONG_LINES, _MIN_LONG_SHARE * len(lines))


def _long_lines(lines: list[Line]) -> list[Line]:
    """Lines of prose length: they fill most of the column and hold at least four words."""
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    return [
        line for line in lines if line.x1 - line.x0 >= _LONG_SHARE * width and len(line.words) >= 4
    ]


def _fits(fragments: list[Line], gutter: float) -> bool:
    """A gutter of the paper holds on a page where one band at least has prose on both sides."""
    for is_columnar, band in _bands(fragments, gutter):
        if is_columnar:
            left, right = _sides(band, gutter)
            if min(len(_long_lines(left)), len(_long_lines(right))) >= 2:
                return True
    return False


def _merge(fragments: list[Line]) -> list[Line]:
    """Fragments of one column as whole lines, from top to bottom."""
    ordered = sorted(fragments, key=lambda line: line.baseline)
    rows: list[list[Line]] = []
    for line in ordered:
        if rows and _same_row(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    merged: list[Line] = []
    for row in rows:
        row.sort(key=lambda line: line.x0)
        merged.append(Line(words=[word for line in row for word in line.words]))
    return merged


def _same_row(row: list[Line], line: Line) -> bool:
    size = min(max(one.size for one in row), line.size)
    if abs(row[-1].baseline - line.baseline) > 0.35 * size:
        return False
    return all(line.x0 >= one.x1 - 2 or line.x1 <= one.x0 + 2 for one in row)
