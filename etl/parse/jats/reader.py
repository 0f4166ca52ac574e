"""
Read JATS, NLM and TaxPub articles.

Every character of the body ends in exactly one block: an element this walker does not know
is entered when it holds blocks and becomes a paragraph otherwise, so new tags lose nothing.
"""

import itertools
from collections.abc import Mapping, Sequence

from lxml import etree

from etl.errors import OutcomeCode, ParseError
from etl.parse.citation_book import CitationBook
from etl.parse.citation_marks import count_marks, without_marks
from etl.parse.draft import Draft, DraftLink, KindName
from etl.parse.draft_builder import DraftBuilder, collapse
from etl.parse.jats.front import read_front
from etl.parse.jats.inline import (
    all_text,
    formula_text,
    local_name,
    marked_cell,
    marked_segments,
    marked_text,
    text_of,
)
from etl.parse.jats.table import table_rows
from etl.parse.link.pattern import doi_in
from etl.parse.section_kind import section_kind
from etl.safe_xml import read_xml

__all__ = ["JATS_READER", "read_jats"]

#: Raise the number whenever the same file would give another document.
JATS_READER = "jats-walker/3"

_SECTIONS = frozenset(
    {"sec", "taxon-treatment", "treatment-sec", "app", "app-group", "boxed-text", "glossary"}
    | {"notes", "ack", "fn-group", "bio", "statement", "def-list-group", "floats-group"}
)
_FLOAT_PARTS = frozenset({"label", "caption", "title", "table", "alternatives", "table-wrap-foot"})
_CAPTIONED = frozenset(
    {"fig", "table-wrap", "supplementary-material", "media", "chem-struct-wrap", "fig-group"}
    | {"table-wrap-group"}
)
_DEFAULT_TITLE = {"ack": "Acknowledgements", "glossary": "Glossary", "app": "Appendix"}
_SEC_TYPES = {
    "intro": "introduction",
    "introduction": "introduction",
    "background": "introduction",
    "methods": "methods",
    "materials": "methods",
    "materials|methods": "methods",
    "materials|methods|results": "methods",
    "results": "results",
    "discussion": "discussion",
    "conclusions": "conclusion",
    "conclusion": "conclusion",
    "data-availability": "data_availability",
    "supplementary-material": "supplement",
    "ethics-statement": "ethics",
}
_CITATIONS = (
    "mixed-citation",
    "element-citation",
    "citation",
    "nlm-citation",
    "citation-alternatives",
)


def read_jats(content: bytes) -> Draft:
    """
    Read one article.

    Args:
        content: An XML file whose root is ``article`` or holds one.

    Returns:
        The draft; an article without ``body`` gives a draft without body blocks, which the
        quality gate calls ``abstract_only``.

    Raises:
        ParseError: BAD_XML, TOO_LARGE.
    """
    root = read_xml(content)
    article = root if local_name(root) == "article" else None
    if article is None:
        article = next((node for node in root.iter() if local_name(node) == "article"), None)
    if article is None:
        raise ParseError(OutcomeCode.BAD_XML, "holds no article element")
    return _Walker(article).read()


class _Walker:
    def __init__(self, article: etree._Element) -> None:
        self.article = article
        self.tree = article.getroottree()
        self.builder = DraftBuilder()
        self.book = CitationBook(self.builder.draft)

    def read(self) -> Draft:
        read_front(self.article, self.builder)
        for name, zone in (("body", "body"), ("floats-group", "body"), ("back", "back")):
            for part in self.article:
                if local_name(part) == name:
                    self.builder.start_zone("back" if zone == "back" else "body")
                    self.children(part, level=1)
        skipped = sum(local_name(part) in {"sub-article", "response"} for part in self.article)
        self.builder.draft.counts["skipped_sub_articles"] = skipped
        self.links()
        self.book.close()
        return self.builder.finish()

    def links(self) -> None:
        href = "{http://www.w3.org/1999/xlink}href"
        draft = self.builder.draft
        blocks = {block.xpath: index for index, block in enumerate(draft.blocks)}
        for node in self.article.iter("{*}ext-link", "{*}uri", "{*}self-uri"):
            url = node.get(href) or all_text(node)
            if not _inside(node, "ref") and url.startswith(("http://", "https://", "ftp://")):
                place = self.place(node, blocks)
                draft.annotated_links.append(DraftLink(url=url, place=place))

    def place(
        self, node: etree._Element, blocks: Mapping[str | None, int]
    ) -> tuple[int, int] | None:
        """Block and character at which the words of an inline element stand."""
        for ancestor in node.iterancestors():
            index = blocks.get(self.tree.getpath(ancestor))
            if index is not None:
                start = self.builder.draft.blocks[index].text.find(text_of(node))
                return index, max(0, start)
        return None

    def add(
        self,
        kind: KindName,
        text: str,
        node: etree._Element,
        ids: Sequence[tuple[str, ...]] = (),
    ) -> None:
        """Add a block; *ids* belong to the citations that are marked in its text."""
        self.book.cite(self.builder.add(kind, text, xpath=self.tree.getpath(node)), ids)

    def children(self, parent: etree._Element, *, level: int) -> None:
        """Walk the blocks of a container; loose text between them becomes a paragraph."""
        if parent.text and parent.text.strip():
            self.add("paragraph", parent.text, parent)
        for child in parent:
            self.block(child, level=level)
            if child.tail and child.tail.strip():
                self.add("paragraph", child.tail, parent)

    def block(self, node: etree._Element, *, level: int) -> None:
        name = local_name(node)
        if name in _SECTIONS:
            self.section(node, level=level)
        elif name in {"title", "label"} and local_name(_parent(node)) in _SECTIONS:
            return
        elif name in _CAPTIONED:
            self.captioned(node, level=level)
        elif name in _HANDLERS:
            _HANDLERS[name](self, node, level)
        elif any(local_name(child) in _BLOCKS for child in node):
            self.children(node, level=level)
        else:
            self.paragraph(node, level=level)

    def section(self, node: etree._Element, *, level: int) -> None:
        name = local_name(node)
        label, title = _child(node, "label"), _child(node, "title")
        heading = collapse(f"{text_of(label)} {text_of(title)}") if title is not None else ""
        heading = heading or _DEFAULT_TITLE.get(name, "")
        taxon = _child(node, "nomenclature")
        if not heading and taxon is not None:
            heading = text_of(_child(taxon, "taxon-name"))
        if heading:
            self.builder.open_section(heading, level=level, kind=_stated_kind(node, heading))
            self.add("heading", heading, node if title is None else title)
        self.children(node, level=level + 1)
        if heading:
            self.builder.close_to(level)

    def paragraph(self, node: etree._Element, level: int) -> None:
        kind: KindName = "footnote" if local_name(node) == "fn" else "paragraph"
        self.mixed(node, kind, level)

    def mixed(self, node: etree._Element, kind: KindName, level: int) -> None:
        pieces, targets = marked_segments(node)
        waiting = iter(targets)
        for piece in pieces:
            if isinstance(piece, str):
                ids = list(itertools.islice(waiting, count_marks(piece)))
                self.add(kind, piece, node, ids)
            elif kind == "list_item" and local_name(piece) == "p":
                self.mixed(piece, kind, level)
            else:
                self.block(piece, level=level)

    def footnote(self, node: etree._Element, level: int) -> None:
        label = _child(node, "label")
        for child in node:
            if child is not label:
                self.mixed(child, "footnote", level)

    def items(self, node: etree._Element, level: int) -> None:
        for item in node:
            name = local_name(item)
            if name == "list-item":
                self.mixed(item, "list_item", level)
            elif name == "def-item":
                term, meaning = text_of(_child(item, "term")), _child(item, "def")
                body = " ".join(text_of(part) for part in meaning) if meaning is not None else ""
                self.add("list_item", f"{term}: {body}" if term else body, item)
            elif name != "label":
                self.paragraph(item, level=level)

    def captioned(self, node: etree._Element, *, level: int) -> None:
        label = text_of(_child(node, "label"))
        caption = _child(node, "caption")
        parts = [marked_text(part) for part in caption] if caption is not None else []
        if label or any(text for text, _ in parts):
            words = " ".join(_ended(text) for text, _ in parts if text)
            ids = [named for _, cited in parts for named in cited]
            self.add("caption", f"{_ended(label)} {words}" if label else words, node, ids)
        for child in node:
            name = local_name(child)
            if name in {"table", "alternatives"}:
                for table in child.iter():
                    if local_name(table) == "table":
                        self.table(table, level)
            elif name == "table-wrap-foot":
                self.children(child, level=level)
            elif name not in _FLOAT_PARTS and name not in {"graphic", "object-id"}:
                self.block(child, level=level)

    def table(self, node: etree._Element, level: int) -> None:
        del level
        rows, ids = table_rows(node, marked_cell)
        self.add("table", "\n".join(rows), node, ids)

    def nomenclature(self, node: etree._Element, level: int) -> None:
        """The name of a taxon with its status, authority and synonyms, one paragraph a part."""
        lead = [child for child in node if local_name(child) != "nomenclature-citation-list"]
        self.add("paragraph", " ".join(text_of(child) for child in lead), node)
        for child in node:
            if child not in lead:
                for citation in child:
                    self.paragraph(citation, level)

    def references(self, node: etree._Element, level: int) -> None:
        title = text_of(_child(node, "title")) or "References"
        self.builder.open_section(title, level=level, kind="references")
        self.add("heading", title, node)
        for child in node:
            name = local_name(child)
            if name == "ref":
                self.reference(child)
            elif name == "ref-list":
                self.references(child, level + 1)
            elif name not in {"title", "label"}:
                self.block(child, level=level + 1)
        self.builder.close_to(level)

    def reference(self, node: etree._Element) -> None:
        cited = [child for child in node if local_name(child) in _CITATIONS] or [node]
        for citation in cited:
            text = all_text(citation)
            ids = [part for part in citation.iter() if part.get("pub-id-type") == "doi"]
            stated = all_text(ids[0]).lower() if ids else None
            path = self.tree.getpath(citation)
            entry = len(self.builder.draft.references)
            self.builder.add_reference(text, stated or doi_in(text), xpath=path)
            if len(self.builder.draft.references) > entry:
                self.book.name_entry(node.get("id"), entry)
                self.book.name_entry(citation.get("id"), entry)

    def formula(self, node: etree._Element, level: int) -> None:
        del level
        self.add("formula", formula_text(node), node)

    def ignore(self, node: etree._Element, level: int) -> None:
        """Marks that carry no text of their own."""


_HANDLERS = {
    "p": _Walker.paragraph,
    "fn": _Walker.footnote,
    "list": _Walker.items,
    "def-list": _Walker.items,
    "table": _Walker.table,
    "nomenclature": _Walker.nomenclature,
    "ref-list": _Walker.references,
    "disp-formula": _Walker.formula,
    "graphic": _Walker.ignore,
    "object-id": _Walker.ignore,
    "sec-meta": _Walker.ignore,
    "treatment-meta": _Walker.ignore,
}
_BLOCKS = _SECTIONS | _CAPTIONED | frozenset(_HANDLERS) - {"graphic", "object-id"}


def _parent(node: etree._Element) -> etree._Element:
    parent = node.getparent()
    return node if parent is None else parent


def _child(node: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in node if local_name(child) == name), None)


def _inside(node: etree._Element, name: str) -> bool:
    return any(local_name(ancestor) == name for ancestor in node.iterancestors())


def _ended(text: str) -> str:
    return text if not text or without_marks(text)[-1:] in {*".!?:;,"} else f"{text}."


def _stated_kind(node: etree._Element, heading: str) -> str | None:
    """The kind a section's attributes state; the title wins where it says something."""
    by_title = section_kind(heading)
    if by_title != "other":
        return by_title
    stated = (node.get("sec-type") or node.get("notes-type") or "").lower()
    return _SEC_TYPES.get(stated, section_kind(stated.replace("-", " ")) if stated else None)
