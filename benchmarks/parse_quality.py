"""
Measure the readers against publishers' own XML, and print the table of figures.

Usage: ``python benchmarks/parse_quality.py FOLDER [--json FILE]``, where FOLDER holds
``jats_pdf_pairs/*/fulltext.{pdf,xml}``, other JATS files, ``grobid_tei`` and ``nasty``.

Definitions: *coverage* is the share of a JATS body paragraph's 5-word sequences (paragraphs of
at least 30 words) that stand in the parsed body; a paragraph is *found* at 0.8. Headings are
compared without numbers, signs and case. A reference *leaks* when 0.6 of its 3-word sequences
stand in the parsed body.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
import pypdfium2
from lxml import etree

from etl.errors import PermanentError
from etl.fetch.media_type import detect_media_type
from etl.keys import sha256_hex
from etl.parse.reader import IsolatedParser
from etl.records.document import BlockKind, Document, Zone
from etl.records.full_text import FullText
from etl.settings import ParseSettings

_BODY = {Zone.BODY, Zone.BACK}
_MIN_PARAGRAPH_WORDS = 30
_RAW_PROGRAM = """
import json, sys
import pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1])
print(json.dumps([page.get_textpage().get_text_range() for page in document]))
"""
_WORD = re.compile(r"\w+")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("--json", type=Path, default=None)
    arguments.add_argument("--only", default="", help="part of a path; other pairs are skipped")
    arguments.add_argument("--parts", default="pairs,jats,tei,nasty")
    options = arguments.parse_args()
    reader = IsolatedParser(ParseSettings())
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "pairs": lambda: pairs(options.corpus, reader, options.only),
        "jats": lambda: jats_files(options.corpus, reader),
        "tei": lambda: tei_files(options.corpus, reader),
        "nasty": lambda: nasty_files(options.corpus, reader),
    }
    figures = {name: parts[name]() for name in options.parts.split(",")}
    for name, values in figures.items():
        print(f"\n{name}")
        for key, value in values.items():
            print(f"  {key:52s} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return 0


def parse(path: Path, reader: IsolatedParser) -> Document:
    content = path.read_bytes()
    return reader.parse(
        FullText(
            full_text_id=1,
            sha256=sha256_hex(content),
            media_type=detect_media_type(content, path.name),
            byte_count=len(content),
            store_path=path.name,
            work_id=1,
        ),
        content,
    )


# pairs --------------------------------------------------------------------------------------


def pairs(corpus: Path, reader: IsolatedParser, only: str) -> dict[str, object]:
    """Every PDF against the JATS beside it."""
    rows = []
    for pdf in sorted((corpus / "jats_pdf_pairs").glob("*/*.pdf")):
        if only in str(pdf):
            rows.append(pair(pdf, reader))
            print(_pair_line(pdf.parent.name, rows[-1]), flush=True)
    covered = [share for row in rows for share in row["shares"]]
    recall = statistics.mean(row["heading_recall"] for row in rows)
    precision = statistics.mean(row["heading_precision"] for row in rows)
    sentences = sum(row["sentences"] for row in rows)
    pages = [row["cpu_per_page"] for row in rows]
    return {
        "paragraph coverage": round(statistics.mean(covered), 4),
        "paragraphs found": round(statistics.mean(share >= 0.8 for share in covered), 4),
        "coverage in zone body alone": round(
            statistics.mean(share for row in rows for share in row["body_shares"]), 4
        ),
        "heading recall (mean of papers)": round(recall, 4),
        "heading precision (mean of papers)": round(precision, 4),
        "heading F1": round(2 * recall * precision / (recall + precision), 4),
        "references leaked": round(
            sum(row["leaked"] for row in rows) / sum(row["references"] for row in rows), 4
        ),
        "running heads left, worst paper": max(row["running_heads"] for row in rows),
        "ligatures left": sum(row["ligatures"] for row in rows),
        "line-end hyphens left / contexts": (
            sum(row["hyphens_left"] for row in rows),
            sum(row["hyphen_contexts"] for row in rows),
        ),
        "sentences re-found in their regions": round(
            sum(row["refound"] for row in rows) / sentences, 4
        ),
        "CPU s a page, median": statistics.median(pages),
        "CPU s a page over raw pypdfium2 text, median": round(
            statistics.median(row["cpu_per_page"] / row["raw_per_page"] for row in rows), 2
        ),
    }


def _pair_line(name: str, row: dict[str, object]) -> str:
    shares = row["shares"]
    found = statistics.mean(share >= 0.8 for share in shares)
    return (
        f"{name:12s} cov {statistics.mean(shares):.3f} found {found:.3f} "
        f"headings R {row['heading_recall']:.2f} P {row['heading_precision']:.2f} "
        f"leak {row['leaked']}/{row['references']} run {row['running_heads']} "
        f"hyph {row['hyphens_left']}/{row['hyphen_contexts']} "
        f"regions {row['refound']}/{row['sentences']} cpu/p {row['cpu_per_page']} "
        f"raw/p {row['raw_per_page']}"
    )


def pair(pdf: Path, reader: IsolatedParser) -> dict[str, object]:
    raw_cpu, raw_pages = raw_text(pdf)
    cpu = _children_cpu()
    document = parse(pdf, reader)
    cpu = _children_cpu() - cpu
    root = etree.fromstring(
        pdf.with_suffix(".xml").read_bytes(),
        etree.XMLParser(resolve_entities=False, no_network=True),
    )
    wide = _text_of(document, _BODY | {Zone.ABSTRACT, Zone.FRONT})
    body_words = _words(_text_of(document, _BODY))
    fives = _sequences(body_words, 5)
    narrow = _sequences(_words(_text_of(document, {Zone.BODY})), 5)
    threes = _sequences(body_words, 3)
    paragraphs = [_words(_text(node)) for node in root.iterfind("./body//p")]
    paragraphs = [words for words in paragraphs if len(words) >= _MIN_PARAGRAPH_WORDS]
    references = [_words(_text(node)) for node in root.iterfind(".//ref-list/ref")]
    left, contexts = hyphens(raw_pages, _words_text(root), wide)
    refound, sentences = regions(document, pdf)
    recall, precision = headings(document, root)
    return {
        "shares": [_share(words, 5, fives) for words in paragraphs],
        "body_shares": [_share(words, 5, narrow) for words in paragraphs],
        "heading_recall": recall,
        "heading_precision": precision,
        "references": len(references),
        "leaked": sum(_share(words, 3, threes) >= 0.6 for words in references),
        "running_heads": running_heads(pdf, document),
        "ligatures": sum("\ufb00" <= character <= "\ufb06" for character in wide),
        "hyphens_left": left,
        "hyphen_contexts": contexts,
        "sentences": sentences,
        "refound": refound,
        "cpu_per_page": round(cpu / len(document.pages), 4),
        "raw_per_page": round(raw_cpu / len(document.pages), 4),
    }


def raw_text(pdf: Path) -> tuple[float, list[str]]:
    """CPU seconds of plain pypdfium2 text in a fresh interpreter, and that text."""
    before = _children_cpu()
    done = subprocess.run(
        [sys.executable, "-I", "-c", _RAW_PROGRAM, str(pdf)], check=True, capture_output=True
    )
    return _children_cpu() - before, json.loads(done.stdout)


def _children_cpu() -> float:
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


def headings(document: Document, root: etree._Element) -> tuple[float, float]:
    wanted = {_plain(_text(node)) for node in root.iterfind(".//body//sec/title")} - {""}
    allowed = wanted | {_plain(_text(node)) for node in root.iter("title")} - {""}
    defaults = {"abstract", "references", "acknowledgements", "acknowledgments", "background"}
    found = {
        _plain(block.text)
        for block in document.blocks
        if block.kind is BlockKind.HEADING and block.zone not in {Zone.NOISE, Zone.HIDDEN}
    } - {""}
    print("   missed", sorted(wanted - found), "wrong", sorted(found - allowed - defaults))
    recall = len(wanted & found) / len(wanted) if wanted else 1.0
    return recall, len(found & (allowed | defaults)) / len(found) if found else 0.0


def running_heads(pdf: Path, document: Document) -> int:
    """Lines that come back on at least three pages and stand in the body as a line of their own."""
    texts = Counter[str]()
    document_text = _text_of(document, _BODY | {Zone.ABSTRACT})
    opened = pypdfium2.PdfDocument(pdf)
    for page in opened:
        lines = page.get_textpage().get_text_range().splitlines()
        edge = [line.strip() for line in lines if len(line.split()) >= 3]
        texts.update({re.sub(r"\d+", "#", line) for line in edge[:3] + edge[-3:]})
    count = 0
    for line, pages in texts.items():
        if pages >= 3:
            pattern = re.escape(line).replace(r"\#", "#").replace("#", r"\d+")
            count += len(re.findall(pattern, document_text))
    return count


def hyphens(pages: list[str], truth: str, parsed: str) -> tuple[int, int]:
    """Words cut at a line's end that the publisher writes in one: how many are still cut."""
    vocabulary = set(truth.split())
    contexts = left = 0
    parsed_words = Counter(re.findall(r"[^\W\d_]+-\s?[^\W\d_]+", parsed.lower()))
    for page in pages:
        for first, second in re.findall(
            r"([^\W\d_]{2,})(?:\x02|-|\ufffe)(?:\r?\n)?([^\W\d_]{2,})", page
        ):
            joined = (first + second).lower()
            if joined in vocabulary and f"{first}-{second}".lower() not in truth:
                contexts += 1
                cut = f"{first}-{second}".lower()
                left += bool(parsed_words[cut] or parsed_words[cut.replace("-", "- ")])
    return left, contexts


def regions(document: Document, pdf: Path) -> tuple[int, int]:
    """Sentences whose letters pdfium finds again inside the sentence's own boxes."""
    opened = pypdfium2.PdfDocument(pdf)
    textpages = [page.get_textpage() for page in opened]
    refound = total = 0
    for sentence in document.sentences:
        block = document.blocks[sentence.block_index]
        if block.zone in {Zone.NOISE, Zone.HIDDEN, Zone.REFERENCES}:
            continue
        total += 1
        text = ""
        for region in sentence.regions:
            height = document.pages[region.page - 1].height
            text += textpages[region.page - 1].get_text_bounded(
                region.x0 - 0.5, height - region.y1 - 0.5, region.x1 + 0.5, height - region.y0 + 0.5
            )
        refound += _letters(document.text_of(sentence)) in _letters(text)
    return refound, total


def _letters(text: str) -> str:
    """Letters and digits in one case, compatibility variants (ligatures, math italics) folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


# XML ----------------------------------------------------------------------------------------


def jats_files(corpus: Path, reader: IsolatedParser) -> dict[str, object]:
    """Characters of every body that stand in blocks of the body."""
    kept: list[float] = []
    cpu: list[float] = []
    for path in sorted(corpus.glob("**/*.xml")):
        content = path.read_bytes()
        if "nasty" in path.parts or b"<article" not in content[:5000] or b"<body" not in content:
            continue
        before = _children_cpu()
        document = parse(path, reader)
        cpu.append(_children_cpu() - before)
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        body = Counter(_letters("".join(_body_texts(root))))
        zones = {Zone.BODY, Zone.BACK, Zone.REFERENCES}
        missing = body - Counter(_letters(_text_of(document, zones)))
        kept.append(1 - sum(missing.values()) / max(1, sum(body.values())))
        if kept[-1] < 0.999:
            print("  ", path, round(kept[-1], 4), missing.most_common(5))
    return {
        "files": len(kept),
        "body characters kept, mean": round(statistics.mean(kept), 5),
        "body characters kept, worst": round(min(kept), 5),
        "CPU s an article, median": round(statistics.median(cpu), 3),
        "CPU s an article, max": round(max(cpu), 3),
    }


def _body_texts(root: etree._Element) -> Iterable[str]:
    for body in root.iterfind("./body"):
        yield from _own_text(body)


def _own_text(node: etree._Element) -> Iterable[str]:
    name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else "comment"
    if name in {"tex-math", "object-id", "comment"}:
        return
    yield node.text or ""
    for child in node:
        yield from _own_text(child)
        yield child.tail or ""


def tei_files(corpus: Path, reader: IsolatedParser) -> dict[str, object]:
    """Paragraphs and headings of recorded GROBID output that stand in the document."""
    kept = total = heads = heads_kept = 0
    for path in sorted(corpus.glob("grobid_tei/**/*.tei.xml")):
        root = etree.fromstring(path.read_bytes())
        if not root.tag.endswith("TEI"):
            continue
        document = parse(path, reader)
        text = _letters(_text_of(document, set(Zone)))
        titles = {_letters(b.text) for b in document.blocks if b.kind is BlockKind.HEADING}
        for node in root.iter("{*}p"):
            if any(a.tag.endswith("}text") for a in node.iterancestors()) and _letters(_text(node)):
                total += 1
                kept += _letters(_text(node)) in text
        for node in root.iter("{*}head"):
            in_div = node.getparent() is not None and node.getparent().tag.endswith("}div")
            if in_div and _letters(_text(node)):
                heads += 1
                heads_kept += any(title.endswith(_letters(_text(node))) for title in titles)
    return {
        "paragraphs kept": f"{kept}/{total} = {kept / total:.4f}",
        "headings kept": f"{heads_kept}/{heads} = {heads_kept / heads:.4f}",
    }


# nasty --------------------------------------------------------------------------------------


def nasty_files(corpus: Path, reader: IsolatedParser) -> dict[str, object]:
    """How every hostile file ends, and how long that took at most."""
    ends: dict[str, Counter[str]] = {}
    slowest = 0.0
    untyped = 0
    for path in sorted(p for p in (corpus / "nasty").glob("**/*") if p.is_file()):
        started = time.monotonic()
        try:
            document = parse(path, reader)
            end = document.outcome.code.value if document.outcome else "parsed"
        except PermanentError as error:
            end = error.outcome.code.value
        except Exception as error:  # noqa: BLE001  the figure counts exactly these
            end, untyped = f"UNTYPED {type(error).__name__}", untyped + 1
        seconds = time.monotonic() - started
        slowest = max(slowest, seconds)
        ends.setdefault(path.parent.name, Counter())[end] += 1
        print(f"   {path.parent.name}/{path.name}: {end} ({seconds:.1f} s)")
    return {
        **{name: dict(counter) for name, counter in ends.items()},
        "untyped ends": untyped,
        "slowest, s": round(slowest, 1),
    }


# text ---------------------------------------------------------------------------------------


def _text(node: etree._Element) -> str:
    return "".join(str(piece) for piece in node.itertext())


def _words_text(root: etree._Element) -> str:
    return " ".join(re.findall(r"[\w-]+", " ".join(str(t) for t in root.itertext()).lower()))


def _text_of(document: Document, zones: set[Zone]) -> str:
    return "\n".join(block.text for block in document.blocks if block.zone in zones)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _plain(title: str) -> str:
    title = re.sub(r"^\s*(?:\d+(?:\.\d+)*\.?|[IVX]+\.)\s+", "", title)
    return _letters(title)


def _sequences(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def _share(words: list[str], length: int, known: set[tuple[str, ...]]) -> float:
    own = [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
    return sum(sequence in known for sequence in own) / len(own) if own else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
