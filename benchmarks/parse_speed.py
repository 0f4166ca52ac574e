"""
The PDF reader's CPU seconds a page beside other libraries that only pull out text.

Run ``python -m benchmarks.parse_speed [FOLDER]``: all ``*.pdf`` and ``*.jats.xml`` or ``*.xml``
below the folder, by default our own samples. Two comparisons, because a start costs as much as
many pages:

- *whole*: what a paper costs, our parser child against a fresh interpreter that takes the text
  out with pypdfium2; the bar of 6 stands on this one.
- *warm*: all contenders read the same bytes in one process after a warm-up, the least of three
  rounds, so that a busy machine counts for nothing. Ours does all that its child does: layout,
  hidden text by ink, sentences, links, quality gate. pdfminer.six and pypdf are compared where
  they are installed.
"""

import importlib.util
import io
import logging
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pypdfium2

from benchmarks._ground import Figure, print_figures
from etl.errors import ParseError
from etl.fetch.take import full_text_of
from etl.parse.jats.reader import read_jats
from etl.parse.pdf.reader import read_pdf
from etl.parse.quality_gate import judge
from etl.parse.reader import IsolatedParser
from etl.parse.wire import draft_as_wire
from etl.settings import ParseSettings

_SAMPLES = Path(__file__).parents[1] / "samples" / "papers"
_ROUNDS = 3
_MAX_PAGES = 400
_RAW_PROGRAM = """
import sys
import pypdfium2
document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
print(sum(len(page.get_textpage().get_text_range()) for page in document))
"""
#: Bars of the issue "Documents".
_MAX_RATIO = 6.0
_MAX_PAGE_SECONDS = 0.06
_MAX_JATS_SECONDS = 0.1
#: A figure under this is noise of the clock: such a paper is read several times at once.
_LEAST_SECONDS = 0.05


def main(folders: list[str] | None = None) -> int:
    """Measure every paper of a folder; 0 where every bar is met, else 1."""
    # The others complain of colours and fonts, page after page.
    logging.disable(logging.WARNING)
    folder = Path(folders[0]) if folders else _SAMPLES
    pdfs = [path.read_bytes() for path in sorted(folder.rglob("*.pdf"))]
    jats = [path.read_bytes() for path in sorted(folder.rglob("*.xml"))]
    jats = [content for content in jats if b"<article" in content[:4000]]
    papers = [(content, pages) for content in pdfs if (pages := _readable_pages(content))]
    if not papers:
        print(f"no readable PDF below {folder}", file=sys.stderr)
        return 1
    print(f"{len(papers)} PDFs, {sum(pages for _, pages in papers)} pages, {len(jats)} JATS")
    table = {name: _per_page(read, papers) for name, read in _contenders().items()}
    ours = table["ours"]
    figures = [
        _whole(papers),
        Figure(
            name="PDF reader, CPU seconds a page (median)",
            figure=f"{statistics.median(ours):.4f} s",
            baseline=f"{_MAX_PAGE_SECONDS} s",
            ratio=statistics.median(ours) / _MAX_PAGE_SECONDS,
            sense="<=",
            bound=1.0,
        ),
    ]
    if jats:
        seconds = [_seconds(_read_jats, content) for content in jats]
        figures += [
            Figure(
                name=f"JATS reader, CPU seconds an article ({name})",
                figure=f"{choose(seconds):.4f} s",
                baseline=f"{_MAX_JATS_SECONDS} s",
                ratio=choose(seconds) / _MAX_JATS_SECONDS,
                sense="<=",
                bound=1.0,
            )
            for name, choose in (("median", statistics.median), ("most", max))
        ]
    code = print_figures(figures)
    _print_others(table, ours)
    return code


def _contenders() -> Mapping[str, Callable[[bytes], object]]:
    readers: dict[str, Callable[[bytes], object]] = {
        "pypdfium2 text": _read_raw,
        "ours": _read_ours,
    }
    for name, package, read in (
        ("pdfminer.six", "pdfminer", _read_pdfminer),
        ("pypdf", "pypdf", _read_pypdf),
    ):
        if importlib.util.find_spec(package) is None:
            print(f"{name} is not installed: not compared")
        else:
            readers[name] = read
    return readers


def _per_page(read: Callable[[bytes], object], papers: list[tuple[bytes, int]]) -> list[float]:
    return [_seconds(read, content) / pages for content, pages in papers]


def _seconds(read: Callable[[bytes], object], content: bytes) -> float:
    """CPU seconds of one reading: the least of the rounds."""
    read(content)
    begun = time.process_time()
    read(content)
    times = max(1, round(_LEAST_SECONDS / max(time.process_time() - begun, 1e-6)))
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        for _ in range(times):
            read(content)
        rounds.append((time.process_time() - begun) / times)
    return min(rounds)


def _whole(papers: list[tuple[bytes, int]]) -> Figure:
    """Our child against an interpreter with pypdfium2, both from their start to their end."""
    parser = IsolatedParser(ParseSettings())

    def ours(content: bytes) -> object:
        return parser.parse(full_text_of(content, name="paper.pdf"), content)

    pairs = [(_child_seconds(ours, c) / n, _child_seconds(_raw_child, c) / n) for c, n in papers]
    mine, other = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    return Figure(
        name="PDF reader / pypdfium2 text, whole, a page",
        figure=f"{mine:.2f} ms",
        baseline=f"{other:.2f} ms",
        ratio=statistics.median(one / two for one, two in pairs),
        sense="<=",
        bound=_MAX_RATIO,
    )


def _child_seconds(read: Callable[[bytes], object], content: bytes) -> float:
    """CPU seconds of the children that one reading starts: the least of the rounds."""
    rounds = []
    for _ in range(_ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        read(content)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        rounds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(rounds)


def _raw_child(content: bytes) -> object:
    command = [sys.executable, "-I", "-c", _RAW_PROGRAM]
    return subprocess.run(command, input=content, check=True, capture_output=True)


def _print_others(table: Mapping[str, list[float]], ours: list[float]) -> None:
    print("warm, one process, no bar:")
    for name, seconds in table.items():
        ratio = statistics.median(a / b for a, b in zip(ours, seconds, strict=True))
        median = statistics.median(seconds) * 1000
        print(f"  {name:<16}{median:>10.2f} ms a page; ours takes {ratio:.2f} × that")


def _readable_pages(content: bytes) -> int:
    """Pages of a paper that our reader accepts; 0 for others, there is nothing to compare."""
    try:
        return len(read_pdf(content, max_pages=_MAX_PAGES).pages)
    except ParseError:
        return 0


def _read_ours(content: bytes) -> object:
    draft = read_pdf(content, max_pages=_MAX_PAGES)
    return draft_as_wire(draft, judge(draft))


def _read_jats(content: bytes) -> object:
    draft = read_jats(content)
    return draft_as_wire(draft, judge(draft))


def _read_raw(content: bytes) -> object:
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def _read_pdfminer(content: bytes) -> object:
    from pdfminer.high_level import extract_text  # noqa: PLC0415 - only where it is installed

    return extract_text(io.BytesIO(content))


def _read_pypdf(content: bytes) -> object:
    from pypdf import PdfReader  # noqa: PLC0415 - only where it is installed

    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
