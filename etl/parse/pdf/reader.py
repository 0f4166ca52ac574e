"""
Read a PDF that was typeset: words to lines, lines to blocks, blocks to a paper.

The steps stand in modules of their own: ``pdf_words``, ``pdf_lines``, ``pdf_blocks``,
``pdf_noise``, ``pdf_roles`` and ``pdf_text``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pypdfium2

from etl.errors import OutcomeCode, ParseError
from etl.parse.draft import Box, Draft, KindName, ZoneName
from etl.parse.draft_builder import DraftBuilder
from etl.parse.link.pattern import doi_in
from etl.parse.pdf.blocks import TextBlock, measure_layout, to_blocks
from etl.parse.pdf.cipher import find_shifts
from etl.parse.pdf.hidden import HiddenWords, find_hidden
from etl.parse.pdf.imprint import read_imprint
from etl.parse.pdf.lines import Line, find_gutter, order_lines, to_fragments, to_slanted_runs
from etl.parse.pdf.link_places import place_links
from etl.parse.pdf.links import annotated_links, outline_titles, stated_title
from etl.parse.pdf.noise import is_upright, line_numbers, running_lines
from etl.parse.pdf.open import open_pdf
from etl.parse.pdf.roles import assign_roles
from etl.parse.pdf.text import TextJoiner
from etl.parse.pdf.turned import turn_back, turn_page
from etl.parse.pdf.words import PageWords, read_page

__all__ = ["PDF_READER", "read_pdf"]

#: Raise the number whenever the same file would give another document.
PDF_READER = "pdf-layout/3"

#: Pages whose running heads and imprint are asked for year and venue.
_IMPRINT_PAGES = 3
_KINDS: dict[str, KindName] = {
    "title": "title",
    "heading": "heading",
    "caption": "caption",
    "table": "table",
    "list_item": "list_item",
    "footnote": "footnote",
    "reference": "reference",
    "noise": "noise",
}


def read_pdf(content: bytes, *, max_pages: int) -> Draft:
    """
    Read a PDF's text layer.

    Args:
        content: The file.
        max_pages: Upper bound, >= 1.

    Returns:
        The draft, every block with the places of its words.

    Raises:
        ParseError: As ``open_pdf``.
    """
    document = open_pdf(content, max_pages=max_pages)
    reading = _read_all(document, {})
    shifts = find_shifts(reading.pages)
    if shifts:
        reading = _read_all(document, shifts)
        reading.is_recovered = True
    if not any(page.width for page in reading.pages):
        raise ParseError(OutcomeCode.BROKEN_FILE, "no page can be opened")
    reading.outline, reading.title = outline_titles(document), stated_title(document)
    return _Assembler(reading).assemble()


@dataclass(slots=True)
class _Reading:
    """What the pages gave, page by page."""

    pages: list[PageWords] = field(default_factory=list)
    hidden: list[HiddenWords] = field(default_factory=list)
    #: By how much each page was turned, degrees.
    turns: list[int] = field(default_factory=list)
    #: Address and box of each link annotation.
    links: list[tuple[str, Box]] = field(default_factory=list)
    broken_pages: int = 0
    outline: list[str] = field(default_factory=list)
    #: As the PDF's properties state it.
    title: str = ""
    #: True where a shifted text layer was put right.
    is_recovered: bool = False


def _read_all(document: pypdfium2.PdfDocument, shifts: Mapping[str, int]) -> _Reading:
    reading = _Reading()
    for number in range(len(document)):
        _read_one(document, number, reading, shifts)
    return reading


def _read_one(
    document: pypdfium2.PdfDocument, number: int, reading: _Reading, shifts: Mapping[str, int]
) -> None:
    """Read one page; one that cannot be opened stands as an empty page and is counted."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        reading.broken_pages += 1
        reading.pages.append(PageWords.empty())
        reading.hidden.append(HiddenWords())
        reading.turns.append(0)
        return
    try:
        words = read_page(page, shifts)
        reading.pages.append(words)
        reading.hidden.append(find_hidden(page, words))
        reading.turns.append(turn_page(words))
        reading.links += annotated_links(document, page, number + 1)
    finally:
        page.close()


class _Assembler:
    def __init__(self, reading: _Reading) -> None:
        self.reading = reading
        self.pages = reading.pages
        self.builder = DraftBuilder()
        self.aside: list[Line] = []

    def assemble(self) -> Draft:
        draft = self.builder.draft
        draft.text_layer = "recovered" if self.reading.is_recovered else "ok"
        draft.pages = [
            (page.height, page.width) if turn else (page.width, page.height)
            for page, turn in zip(self.pages, self.reading.turns, strict=True)
        ]
        lines = self.lines()
        layout = measure_layout(lines)
        joiner = TextJoiner(lines)
        blocks = assign_roles(
            to_blocks(lines, layout), layout, self.reading.outline, self.reading.title
        )
        self.builder.start_zone("body")
        for block in blocks:
            self.add(block, joiner)
        for line in self.aside:
            text, words = joiner.join([line])
            self.builder.add("noise", text, words=words, zone="noise")
        for placed in draft.blocks:
            turn_back(placed.words, self.reading.turns, self.pages)
        self.add_hidden(joiner)
        self.builder.count_cleaned(invisible=joiner.invisible, unstorable=joiner.unstorable)
        draft.annotated_links = place_links(self.reading.links, draft.blocks)
        front = " ".join(b.text for b in draft.blocks if b.words and b.words[0].box[0] == 1)
        draft.doi = doi_in(front)
        self.read_imprint()
        self.count()
        return self.builder.finish()

    def read_imprint(self) -> None:
        """Year and venue, from what surrounds the text of the first pages."""
        draft = self.builder.draft
        lines = [
            block.text
            for block in draft.blocks
            if block.zone in {"front", "noise"}
            and block.kind != "title"
            and block.words
            and block.words[0].box[0] <= _IMPRINT_PAGES
        ]
        draft.year, draft.venue, proofs = read_imprint(lines, draft.title)
        draft.counts.update(proofs)

    def add_hidden(self, joiner: TextJoiner) -> None:
        """Hidden words, a block a line, kept apart from all that is read."""
        for number, hidden in enumerate(self.reading.hidden, start=1):
            for line in to_fragments(hidden.words):
                line.page = number
                text, words = joiner.join([line])
                self.builder.add("noise", text, words=words, zone="hidden")

    def count(self) -> None:
        counts = self.builder.draft.counts
        glyphs = sum(page.glyph_count for page in self.pages)
        unmapped = sum(page.unmapped_count for page in self.pages)
        counts["unmapped_ratio"] = round(unmapped / glyphs, 4) if glyphs else 0.0
        counts["turned_pages"] = sum(turn != 0 for turn in self.reading.turns)
        counts["broken_pages"] = self.reading.broken_pages
        counts["scan_pages"] = sum(hidden.is_scan for hidden in self.reading.hidden)
        counts["image_pages"] = sum(hidden.has_pictures for hidden in self.reading.hidden)
        counts["outline_titles"] = len(self.reading.outline)
        for hidden in self.reading.hidden:
            for cause, characters in hidden.causes.items():
                name = f"hidden_{cause}"
                counts[name] = int(counts.get(name, 0)) + characters

    def lines(self) -> list[Line]:
        """The lines of the paper in reading order; running heads and stamps go aside."""
        fragments: list[list[Line]] = []
        for number, page in enumerate(self.pages, start=1):
            upright = to_fragments(word for word in page.words if is_upright(word))
            slanted = to_slanted_runs(word for word in page.words if not is_upright(word))
            for line in upright + slanted:
                line.page = number
            self.aside.extend(slanted)
            fragments.append(upright)
        running = running_lines(fragments, [page.height for page in self.pages])
        for page_lines in fragments:
            running |= line_numbers(page_lines)
        gutters: list[float] = []
        kept: list[list[Line]] = []
        for page_lines in fragments:
            self.aside.extend(line for line in page_lines if id(line) in running)
            kept.append([line for line in page_lines if id(line) not in running])
            gutter = find_gutter(kept[-1])
            if gutter is not None:
                gutters.append(gutter)
        gutters.sort()
        usual = gutters[len(gutters) // 2 :][:1]
        ordered: list[Line] = []
        for number, page_lines in enumerate(kept, start=1):
            lines = order_lines(page_lines, usual, self.pages[number - 1].width)
            for line in lines:
                line.page = number
            ordered.extend(lines)
        self.builder.draft.counts["two_column_pages"] = len(gutters)
        return ordered

    def add(self, block: TextBlock, joiner: TextJoiner) -> None:
        text, words = joiner.join(block.lines, breaks=block.role == "table")
        if not text:
            return
        if block.opens == "abstract":
            self.builder.open_section("Abstract", level=1, kind="abstract")
        elif block.opens == "body":
            self.builder.start_zone("body")
        kind = _KINDS.get(block.role, "paragraph")
        if kind == "heading":
            self.builder.open_section(text, level=block.level, kind=block.kind)
        zone: ZoneName | None = "noise" if kind == "noise" else block.zone
        if kind == "reference":
            self.builder.draft.references.append((text, doi_in(text)))
        if kind == "title" and not self.builder.draft.title:
            self.builder.draft.title = text
        self.builder.add(kind, text, words=words, zone=zone)
