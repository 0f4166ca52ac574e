"""Papers of our own for the parser's tests: small, typeset here, no third-party text."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from etl.keys import sha256_hex
from etl.parse.document import document_from_wire
from etl.parse.pdf.reader import read_pdf
from etl.parse.quality_gate import judge
from etl.parse.reader import IsolatedParser
from etl.parse.wire import draft_as_wire
from etl.records.document import Document
from etl.records.full_text import FullText, MediaType
from etl.settings import ParseSettings

WIDTH, HEIGHT = A4


def full_text_of(content: bytes, media_type: MediaType) -> FullText:
    return FullText(
        full_text_id=7,
        sha256=sha256_hex(content),
        media_type=media_type,
        byte_count=len(content),
        store_path="ab/abcd.bin",
        work_id=3,
    )


@pytest.fixture(scope="session")
def parser() -> IsolatedParser:
    return IsolatedParser(ParseSettings())


@pytest.fixture(scope="session")
def parse(parser: IsolatedParser) -> Callable[[bytes, MediaType], Document]:
    def run(content: bytes, media_type: MediaType) -> Document:
        return parser.parse(full_text_of(content, media_type), content)

    return run


@pytest.fixture(scope="session")
def parse_here(parser: IsolatedParser) -> Callable[[bytes, MediaType], Document]:
    """The child's steps in this process: the same document at a tenth of the time."""

    def run(content: bytes, media_type: MediaType) -> Document:
        assert media_type is MediaType.PDF
        draft = read_pdf(content, max_pages=50)
        wire = json.loads(json.dumps(draft_as_wire(draft, judge(draft))))
        return document_from_wire(
            wire,
            full_text=full_text_of(content, media_type),
            fingerprint=parser.fingerprint(media_type),
        )

    return run


@dataclass
class TwoColumns:
    """Sets text in two columns, page after page, with a running head and page numbers."""

    canvas: Canvas
    head: str = "Meadow Journal 12 (2024)"
    column: int = 0
    y: float = HEIGHT - 80
    page: int = 1
    tops: list[float] = field(default_factory=lambda: [HEIGHT - 80])

    lefts = (56, 308)
    width = 232

    def furniture(self) -> None:
        self.canvas.setFont("Helvetica", 7)
        self.canvas.drawString(56, HEIGHT - 40, self.head)
        self.canvas.drawCentredString(WIDTH / 2, 30, str(self.page))

    def line(self, text: str, font: str, size: float, indent: float = 0) -> None:
        if self.y < 70:
            self.next_column()
        self.canvas.setFont(font, size)
        self.canvas.drawString(self.lefts[self.column] + indent, self.y, text)
        self.y -= size * 1.2

    def next_column(self) -> None:
        if self.column == 0:
            self.column, self.y = 1, self.tops[-1]
            return
        self.furniture()
        self.canvas.showPage()
        self.page += 1
        self.column, self.y = 0, HEIGHT - 80
        self.tops.append(self.y)

    def heading(self, text: str, size: float = 12) -> None:
        self.y -= 8
        self.line(text, "Helvetica-Bold", size)
        self.y -= 2

    def paragraph(self, text: str, size: float = 9.5, indent: float = 10) -> None:
        words, current, first = text.split(), "", True
        for word in words:
            room = self.width - (indent if first else 0)
            if stringWidth(f"{current} {word}", "Times-Roman", size) > room:
                self.line(current, "Times-Roman", size, indent if first else 0)
                current, first = word, False
            else:
                current = f"{current} {word}".strip()
        self.line(current, "Times-Roman", size, indent if first else 0)

    def raw(self, lines: list[str], size: float = 9.5) -> None:
        for text in lines:
            self.line(text, "Times-Roman", size)


INTRODUCTION = (
    "Flowering meadows lose their species where the soil is rich and the mowing comes early. "
    "We asked whether a later cut brings the rare orchids back within ten years of the change. "
)
METHODS = (
    "The plots were mown in the last week of July with a bar mower, and the hay was removed. "
    "Every plant was counted by two observers in June, and the mean of both counts was used. "
    "We used R 4.3 for all models, and the code is at https://example.org/meadow/code.git. "
)
RESULTS = (
    "The number of flowering orchids rose from 12 to 48 plants a plot within nine years. "
    "The control plots that were mown in May did not change over the same period of time. "
)


@pytest.fixture(scope="session")
def two_column_pdf() -> bytes:
    """Three pages: title, abstract over both columns, four sections, captions, references."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    paper = TwoColumns(canvas)
    canvas.setFont("Helvetica-Bold", 17)
    canvas.drawString(56, HEIGHT - 90, "Late mowing brings orchids back to wet meadows")
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(56, HEIGHT - 112, "Ada Example, Bo Sample")
    canvas.setFont("Times-Roman", 8)
    canvas.drawString(
        56, HEIGHT - 126, "Institute of Meadows, University of Nowhere, a@example.org"
    )
    canvas.setFont("Helvetica-Bold", 11)
    canvas.drawString(56, HEIGHT - 150, "Abstract")
    canvas.setFont("Times-Roman", 9.5)
    canvas.drawString(
        56, HEIGHT - 165, "We mowed eight wet meadows late for nine years and counted the orchids, "
        "which rose fourfold in that time."
    )  # fmt: skip
    paper.y = HEIGHT - 190
    paper.tops = [paper.y]
    paper.heading("1 Introduction")
    for _ in range(16):
        paper.paragraph(INTRODUCTION)
    paper.raw(["The long-term trend was seen by all observ-", "ers in every year of the study."])
    paper.heading("2 Methods")
    paper.heading("2.1 Mowing", 10)
    for _ in range(16):
        paper.paragraph(METHODS)
    paper.line("Figure 1. Plots in the valley and their year of change.", "Times-Roman", 8)
    paper.heading("3 Results")
    for _ in range(20):
        paper.paragraph(RESULTS)
    paper.heading("References")
    for number in range(1, 9):
        paper.paragraph(
            f"{number}. Sample B, Example A (20{number:02d}) Orchids of wet meadows, volume "
            f"{number}. Journal of Hay {number}: 1-9.",
            size=8,
            indent=0,
        )
    paper.furniture()
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@pytest.fixture(scope="session")
def imprinted_pdf() -> bytes:
    """Three pages of prose with the journal, year, volume and page at the foot of each."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    for page in range(3):
        canvas.setFont("Times-Roman", 10)
        for number in range(45):
            canvas.drawString(60, HEIGHT - 80 - 14 * number, f"{number}. {INTRODUCTION[:84]}")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(60, 30, f"Meadow Research 2021, 12, {340 + page}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@pytest.fixture(scope="session")
def two_column_document(
    two_column_pdf: bytes, parse: Callable[[bytes, MediaType], Document]
) -> Document:
    return parse(two_column_pdf, MediaType.PDF)
