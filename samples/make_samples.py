"""
Make the sample papers that are not written by hand.

``python samples/make_samples.py [--out samples/papers]`` writes two PDFs and one TEI file from
the texts in ``samples/source``, and one PDF for each text in ``samples/held_out/source``. The same
sources always give the same bytes: no dates, no compression, only the standard fonts of PDF.
"""
# ruff: noqa: INP001  (scripts in a folder, not a package)

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from paper_source import Figure, Heading, Paper, Paragraph, Reference, Table
from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from tei import write_tei
from typeset import Frame, Rule, Run, Stack, Style, flow, set_text

__all__ = ["main"]

_HERE = Path(__file__).parent
#: 170 x 240 mm, a usual journal format, in points.
_PAGE = (482.0, 680.0)
_MARGIN = 48.0
_TOP = 62.0
_BOTTOM = 622.0
_GUTTER = 18.0

_TITLE = Style(font="Times-Bold", size=16, leading=19, justified=False)
_AUTHORS = Style(font="Times-Roman", size=10, leading=13, space_before=8, justified=False)
_SMALL = Style(font="Times-Italic", size=8, leading=10, space_before=3, justified=False)
_ABSTRACT_HEAD = Style(font="Times-Bold", size=10, leading=13, space_before=8, keep=26)
_BODY = Style(font="Times-Roman", size=9.5, leading=11.6, first_indent=0)
_INDENTED = Style(font="Times-Roman", size=9.5, leading=11.6, first_indent=10)
_HEADS = (
    Style(font="Times-Bold", size=11, leading=14, space_before=10, keep=28, justified=False),
    Style(font="Times-BoldItalic", size=9.5, leading=12, space_before=7, keep=28, justified=False),
)
_CAPTION = Style(font="Helvetica", size=7.6, leading=9.4, justified=False)
_REFERENCE = Style(font="Times-Roman", size=8, leading=9.6, hanging=12)
_CELL = Style(font="Helvetica", size=7.6, leading=10)


@dataclass(frozen=True, slots=True)
class _Setting:
    """A paper set into pages."""

    runs: list[Run]
    rules: list[Rule]
    page_count: int


def main(argv: Sequence[str] | None = None) -> int:
    """Write all made samples into a folder; returns the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    arguments.add_argument("--out", type=Path, default=_HERE / "papers")
    arguments.add_argument("--held-out", type=Path, default=_HERE / "held_out" / "papers")
    chosen = arguments.parse_args(argv)
    out: Path = chosen.out
    for folder in (out, chosen.held_out):
        folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((_HERE / "held_out" / "source").glob("*.txt")):
        paper = Paper.load(source)
        _write_pdf(paper, _set(paper), chosen.held_out / f"{source.stem}.pdf")
    for name in ("terns-two-column", "frogs-single-column"):
        paper = Paper.load(_HERE / "source" / f"{name}.txt")
        _write_pdf(paper, _set(paper), out / f"{name}.pdf")
    paper = Paper.load(_HERE / "source" / "pollen.txt")
    setting = _set(paper)
    tei = write_tei(paper, setting.runs, page_count=setting.page_count, page_size=_PAGE)
    (out / "pollen.tei.xml").write_bytes(tei)
    return 0


def _set(paper: Paper) -> _Setting:
    """Title block over the whole width, then the body in its columns, then heads and feet."""
    full = _PAGE[0] - 2 * _MARGIN
    columns = 2 if paper.facts["layout"] == "two-column" else 1
    width = (full - _GUTTER * (columns - 1)) / columns
    opening = list(_opening(paper, full))
    height = sum(stack.height for stack in opening)
    runs, rules = flow(opening, iter([Frame(page=1, x=_MARGIN, top=_TOP, bottom=_BOTTOM)]))
    body = [stack for part in _body(paper, width) for stack in part]
    more_runs, more_rules = flow(body, _frames(columns, width, _TOP + height + 12))
    runs += more_runs
    rules += more_rules
    page_count = max(run.page for run in runs)
    for page in range(1, page_count + 1):
        runs += _furniture(paper, page)
    return _Setting(runs, rules, page_count)


def _opening(paper: Paper, width: float) -> Iterator[Stack]:
    """Title, authors, note and abstract; tags are negative, for they precede the body."""
    facts = paper.facts
    yield from set_text([facts["title"]], _TITLE, width, block=-4)
    yield from set_text([facts["authors"].replace(";", ",")], _AUTHORS, width, block=-3)
    yield from set_text([facts["affiliation"]], _SMALL, width, block=-2)
    yield from set_text([facts["note"], f"doi:{facts['doi']}"], _SMALL, width, block=-2)
    yield from set_text(["Abstract"], _ABSTRACT_HEAD, width, block=-5)
    for paragraph in paper.abstract:
        yield from set_text(paragraph.sentences, _BODY, width, block=-1)


def _body(paper: Paper, width: float) -> Iterator[list[Stack]]:
    """Every part as stacks; a paragraph is indented unless it follows a heading or float."""
    previous: object = None
    for block, part in enumerate(paper.parts):
        match part:
            case Heading():
                yield set_text([part.text], _HEADS[part.level - 1], width, block=block)
            case Paragraph():
                style = _INDENTED if isinstance(previous, Paragraph) else _BODY
                yield set_text(part.sentences, style, width, block=block)
            case Table():
                yield [_table(part, width, block)]
            case Figure():
                yield [_figure(part, width, block)]
            case Reference():
                if not isinstance(previous, Reference):
                    yield set_text(["References"], _HEADS[0], width, block=-6)
                yield set_text([part.text], _REFERENCE, width, block=block)
        previous = part


def _frames(columns: int, width: float, first_top: float) -> Iterator[Frame]:
    """The columns of page 1 below the abstract, then those of all further pages."""
    page = 0
    while True:
        page += 1
        top = first_top if page == 1 else _TOP
        for column in range(columns):
            x = _MARGIN + column * (width + _GUTTER)
            yield Frame(page=page, x=x, top=top, bottom=_BOTTOM)


def _pile(stacks: Sequence[Stack], start: float) -> tuple[list[Run], float]:
    """Lines under each other from *start*; returns their runs and where they end."""
    runs, _ = flow(stacks, iter([Frame(page=0, x=0, top=start, bottom=1e9)]))
    return runs, start + sum(stack.height for stack in stacks)


def _table(table: Table, width: float, block: int) -> Stack:
    """Caption above, three rules, cells in columns of equal width."""
    runs, y = _pile(set_text([table.caption], _CAPTION, width, block=block), 9)
    y += 3
    rules = [Rule(x0=0, y0=y, x1=width, y1=y)]
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row):
            runs.append(
                Run(
                    x=column * width / len(row) + 2,
                    y=y + 8.6,
                    width=stringWidth(cell, _CELL.font, _CELL.size),
                    text=cell,
                    font=_CELL.font if number else "Helvetica-Bold",
                    size=_CELL.size,
                    tag=(block, number + 1),
                )
            )
        y += _CELL.leading + 1.5
        if number in {0, len(table.rows) - 1}:
            rules.append(Rule(x0=0, y0=y, x1=width, y1=y))
    return Stack(height=y + 9, runs=tuple(runs), rules=tuple(rules))


def _figure(figure: Figure, width: float, block: int) -> Stack:
    """A rising curve in axes with few labels, and the caption below."""
    left, right, top, floor = 22.0, width - 6, 12.0, 118.0
    rules = [
        Rule(x0=left, y0=floor, x1=right, y1=floor),
        Rule(x0=left, y0=top, x1=left, y1=floor),
    ]
    points = [
        (left + (right - left) * step / 24, floor - 92 * (1 - 0.84**step)) for step in range(25)
    ]
    rules += [Rule(x0=a[0], y0=a[1], x1=b[0], y1=b[1]) for a, b in pairwise(points)]
    labels = [(left, "0"), ((left + right) / 2 - 10, "Epoch"), (right - 8, "48")]
    runs = [
        Run(
            x=x,
            y=floor + 9,
            width=stringWidth(text, "Helvetica", 6.5),
            text=text,
            font="Helvetica",
            size=6.5,
        )
        for x, text in labels
    ]
    caption, y = _pile(set_text(figure.caption, _CAPTION, width, block=block), floor + 15)
    return Stack(height=y + 9, runs=(*runs, *caption), rules=tuple(rules))


def _furniture(paper: Paper, page: int) -> Iterator[Run]:
    """Running head and page number; page 1 names the journal alone."""
    facts = paper.facts
    first_author = facts["authors"].split(";")[0].split()[-1]
    journal = f"{facts['journal']} {facts['volume']} ({facts['year']})"
    number = str(int(facts["first_page"]) + page - 1)
    texts = [(journal, 40.0, "right"), (number, 650.0, "middle")]
    if page > 1:
        texts.append((f"{first_author} et al.: {facts['title'][:38].rsplit(' ', 1)[0]}", 40.0, ""))
    for text, y, place in texts:
        width = stringWidth(text, "Helvetica", 7)
        x = {"right": _PAGE[0] - _MARGIN - width, "middle": (_PAGE[0] - width) / 2}.get(
            place, _MARGIN
        )
        yield Run(x=x, y=y, width=width, text=text, font="Helvetica", size=7, page=page)


def _write_pdf(paper: Paper, setting: _Setting, path: Path) -> None:
    """Draw runs and rules; links become annotations."""
    canvas = Canvas(str(path), pagesize=_PAGE, invariant=1, pageCompression=0)
    canvas.setTitle(paper.facts["title"])
    canvas.setAuthor(paper.facts["authors"])
    canvas.setSubject(paper.facts["note"])
    for page in range(1, setting.page_count + 1):
        for rule in (rule for rule in setting.rules if rule.page == page):
            canvas.setLineWidth(0.6)
            canvas.line(rule.x0, _PAGE[1] - rule.y0, rule.x1, _PAGE[1] - rule.y1)
        for run in (run for run in setting.runs if run.page == page):
            text = canvas.beginText(run.x, _PAGE[1] - run.y)
            text.setFont(run.font, run.size)
            text.setWordSpace(run.word_space)
            text.textOut(run.text)
            canvas.drawText(text)
            if run.url:
                base = _PAGE[1] - run.y
                box = (run.x, base - 2, run.x + run.width, base + run.size)
                canvas.linkURL(run.url, box, thickness=0)
        canvas.showPage()
    canvas.save()


if __name__ == "__main__":
    raise SystemExit(main())
