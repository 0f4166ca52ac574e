"""Render the running text of a JATS element: citations, scripts, formulas, line breaks."""

import re
from functools import cache

from lxml import etree

from etl.parse.citation_book import marked_pieces
from etl.parse.citation_marks import CLOSE, OPEN, without_marks
from etl.parse.draft_builder import collapse

__all__ = [
    "FLOATS",
    "SPLITTERS",
    "all_text",
    "cited_ids",
    "formula_text",
    "local_name",
    "marked_cell",
    "marked_segments",
    "marked_text",
    "segments",
    "text_of",
]

#: Lifted out of a paragraph and placed after it: a float may stand amid a sentence.
FLOATS = frozenset(
    {"fig", "fig-group", "table-wrap", "table-wrap-group", "supplementary-material", "media"}
    | {"chem-struct-wrap", "boxed-text", "floats-group", "fn-group"}
)
#: Cut a paragraph in two, because text goes on after them in a new line.
SPLITTERS = frozenset(
    {"list", "def-list", "disp-quote", "verse-group", "statement", "speech", "array"}
    | {"disp-formula-group", "table", "nomenclature", "p", "sec"}
)
_SKIPPED = frozenset({"object-id", "graphic", "inline-graphic", "alternatives-text", "tex-math"})
_CELL_BLOCKS = frozenset({"p", "list", "list-item", "table"})
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_MATH = frozenset({"inline-formula", "disp-formula"})
_POWER = re.compile(r"[-+\u2212\u2013]?\d+(?:[.,]\d+)?|[a-z]|[-+\u2212]")
_GLUED_CITATION = re.compile(r"[\d,;\s\u2013\u2014-]+")


def local_name(element: etree._Element) -> str:
    """The tag without its namespace."""
    return _without_namespace(element.tag)


@cache
def _without_namespace(tag: object) -> str:
    """Cached: an article has some hundred tags and asks for them a hundred thousand times."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: etree._Element | None) -> str:
    """All running text of an element on one line; floats inside it are left out."""
    if element is None:
        return ""
    return collapse(" ".join(piece for piece in segments(element) if isinstance(piece, str)))


def all_text(element: etree._Element) -> str:
    """Every character below an element on one line, floats and unknown tags included."""
    return collapse(" ".join(str(piece) for piece in element.itertext()))


def segments(element: etree._Element) -> list[str | etree._Element]:
    """
    Cut mixed content into running text and the blocks that stand in it.

    Args:
        element: A paragraph or anything like it.

    Returns:
        Texts and elements in reading order; floats come after the text they interrupt.
    """
    renderer = _Renderer()
    renderer.walk(element)
    return renderer.finish()


def marked_segments(
    element: etree._Element,
) -> tuple[list[str | etree._Element], list[tuple[str, ...]]]:
    """
    Cut as :func:`segments` does, with the marks of ``etl.parse.citation_marks`` in the texts.

    Returns:
        The pieces, and of each marked citation in order the ids it points to.
    """
    renderer = _Renderer(is_marking=True)
    renderer.walk(element)
    return renderer.finish(), renderer.targets


def marked_text(element: etree._Element) -> tuple[str, list[tuple[str, ...]]]:
    """As :func:`text_of`, with marks, and of each marked citation the ids it points to."""
    pieces, targets = marked_segments(element)
    return collapse(" ".join(piece for piece in pieces if isinstance(piece, str))), targets


def marked_cell(cell: etree._Element) -> tuple[str, list[tuple[str, ...]]]:
    """A table cell's text with marks; blocks inside it are joined, because a cell is one line."""
    if all(local_name(node) not in _CELL_BLOCKS for node in cell.iter()):
        return marked_text(cell)
    targets: list[tuple[str, ...]] = []
    return collapse(" ".join(marked_pieces(cell, cited_ids, targets))), targets


def cited_ids(element: etree._Element) -> tuple[str, ...] | None:
    """Ids of the references that an ``xref`` cites; None for any other element."""
    if local_name(element) == "xref" and element.get("ref-type") == "bibr":
        return tuple((element.get("rid") or "").split())
    return None


class _Renderer:
    def __init__(self, *, is_marking: bool = False) -> None:
        self.is_marking = is_marking
        self.targets: list[tuple[str, ...]] = []
        self.pieces: list[str | etree._Element] = []
        self.buffer: list[str] = []
        self.floats: list[etree._Element] = []

    def walk(self, element: etree._Element) -> None:
        self.buffer.append(element.text or "")
        for child in element:
            self._child(child)
            self.buffer.append(child.tail or "")

    def finish(self) -> list[str | etree._Element]:
        self._flush()
        return self.pieces + list(self.floats)

    def _flush(self) -> None:
        text = "".join(self.buffer)
        self.buffer.clear()
        if text.strip():
            self.pieces.append(text)

    def _child(self, child: etree._Element) -> None:
        name = local_name(child)
        if name in FLOATS:
            self.floats.append(child)
        elif name in SPLITTERS:
            self._flush()
            self.pieces.append(child)
        elif name in _MATH:
            self.buffer.append(f" {formula_text(child)} ")
        elif name == "break":
            self.buffer.append(" ")
        elif name in {"sup", "sub"}:
            self._script(child, name)
        elif name == "fn":
            self.floats.append(child)
        elif name == "xref" and self.is_marking and (ids := cited_ids(child)) is not None:
            self._citation(child, ids)
        elif name not in _SKIPPED:
            self.walk(child)

    def _citation(self, child: etree._Element, ids: tuple[str, ...]) -> None:
        self.buffer.append(OPEN)
        self.targets.append(ids)
        self.walk(child)
        self.buffer.append(CLOSE)

    def _script(self, child: etree._Element, name: str) -> None:
        inner, marked = text_of(child), self._inside(child)
        before = without_marks("".join(self.buffer[-6:]))[-1:]
        is_citation = any(cited_ids(node) is not None for node in child.iter())
        if name == "sup" and is_citation and _GLUED_CITATION.fullmatch(inner):
            # "recombination7" would be another word; "recombination [7]" is not.
            self.buffer.append(f" [{marked}]")
        elif name == "sup" and _POWER.fullmatch(inner) and (before.isalnum() or before == ")"):
            self.buffer.append(f"^{inner}")
        else:
            self.buffer.append(marked)

    def _inside(self, child: etree._Element) -> str:
        """The text of an element with the marks of its citations, on one line."""
        if not self.is_marking:
            return text_of(child)
        text, targets = marked_text(child)
        self.targets += targets
        return text


def formula_text(element: etree._Element) -> str:
    """TeX between its document marks, else the letters of MathML, else a placeholder."""
    for node in element.iter():
        if local_name(node) == "tex-math":
            tex = "".join(str(piece) for piece in node.itertext())
            body = _TEX_BODY.search(tex)
            return collapse(body[1] if body else tex).strip("$ ")
    return all_text(element) or "[formula]"
