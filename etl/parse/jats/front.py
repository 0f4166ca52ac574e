"""Read the front of a JATS article: title, identifiers, abstracts and publisher statements."""

from lxml import etree

from etl.parse.draft_builder import DraftBuilder
from etl.parse.jats.inline import all_text, local_name, segments, text_of

__all__ = ["read_front"]

_YEAR_TYPES = ("epub", "ppub", "pub", "collection", "epub-ppub")
_SKIPPED_ABSTRACTS = frozenset({"graphical", "toc", "teaser"})
_STATEMENT_NOTES = {
    "conflict": "Competing interests",
    "coi-statement": "Competing interests",
    "con": "Author contributions",
    "financial-disclosure": "Funding",
    "equal": "",
}


def read_front(article: etree._Element, builder: DraftBuilder) -> None:
    """
    Add title, abstract, key words and the statements that publishers keep in the front.

    Args:
        article: The ``article`` element.
        builder: Takes the blocks; its draft takes DOI, year and venue.
    """
    meta = _first(article, "front/article-meta")
    if meta is None:
        return
    tree = article.getroottree()
    draft = builder.draft
    title = _first(meta, "title-group/article-title")
    draft.title = text_of(title)
    draft.doi = _doi(meta)
    draft.year = _year(meta)
    draft.venue = _venue(article)
    builder.start_zone("front")
    if title is not None:
        builder.add("title", draft.title, xpath=tree.getpath(title))
    for group in _all(meta, "kwd-group"):
        words = "; ".join(text_of(word) for word in group if local_name(word) == "kwd")
        builder.add("paragraph", words, xpath=tree.getpath(group))
    for node in meta:
        if local_name(node) in {"abstract", "trans-abstract"}:
            _abstract(node, builder)
    _statements(meta, builder)


def _abstract(node: etree._Element, builder: DraftBuilder) -> None:
    if node.get("abstract-type") in _SKIPPED_ABSTRACTS:
        return
    title = _first(node, "title")
    builder.start_zone("abstract")
    heading = text_of(title) or "Abstract"
    tree = node.getroottree()
    builder.open_section(heading, level=1, kind="abstract")
    builder.add("heading", heading, xpath=tree.getpath(node if title is None else title))
    _abstract_blocks(node, builder, level=2)


def _abstract_blocks(node: etree._Element, builder: DraftBuilder, *, level: int) -> None:
    tree = node.getroottree()
    for child in node:
        name = local_name(child)
        if name in {"title", "label", "object-id"}:
            continue
        if name == "sec":
            title = _first(child, "title")
            builder.open_section(text_of(title), level=level, kind="abstract")
            if title is not None:
                builder.add("heading", text_of(title), xpath=tree.getpath(title))
            _abstract_blocks(child, builder, level=level + 1)
            builder.close_to(level)
            continue
        for piece in segments(child):
            text = piece if isinstance(piece, str) else all_text(piece)
            builder.add("paragraph", text, xpath=tree.getpath(child))


def _statements(meta: etree._Element, builder: DraftBuilder) -> None:
    """Data availability, funding, conflicts and contributions, as sections of the back."""
    tree = meta.getroottree()
    builder.start_zone("back")
    for pair in _all(meta, "custom-meta-group/custom-meta") + _all(
        meta, "custom-meta-wrap/custom-meta"
    ):
        name, value = text_of(_first(pair, "meta-name")), _first(pair, "meta-value")
        if "availability" in name.lower() and value is not None:
            builder.open_section(name, level=1, kind="data_availability")
            builder.add("paragraph", text_of(value), xpath=tree.getpath(value))
    for statement in _all(meta, "funding-group/funding-statement"):
        builder.open_section("Funding", level=1, kind="funding")
        builder.add("paragraph", text_of(statement), xpath=tree.getpath(statement))
    for note in _all(meta, "author-notes/fn"):
        heading = _STATEMENT_NOTES.get(note.get("fn-type") or "", "")
        if heading:
            builder.open_section(heading, level=1)
            body = " ".join(text_of(child) for child in note if local_name(child) != "label")
            builder.add("paragraph", body, xpath=tree.getpath(note))


def _doi(meta: etree._Element) -> str | None:
    for node in _all(meta, "article-id"):
        if node.get("pub-id-type") == "doi":
            return text_of(node).lower() or None
    return None


def _year(meta: etree._Element) -> int | None:
    """The year of first publication that the file states."""
    years: dict[str, int] = {}
    for date in _all(meta, "pub-date"):
        year = text_of(_first(date, "year"))
        if year.isdigit():
            years[date.get("pub-type") or date.get("date-type") or ""] = int(year)
    for kind in _YEAR_TYPES:
        if kind in years:
            return years[kind]
    return min(years.values(), default=None)


def _venue(article: etree._Element) -> str | None:
    for path in ("journal-title-group/journal-title", "journal-title"):
        node = _first(article, f"front/journal-meta/{path}")
        if node is not None:
            return text_of(node) or None
    return None


def _all(node: etree._Element, path: str) -> list[etree._Element]:
    """Elements below *node* by local names, whatever their namespace."""
    found = [node]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if local_name(child) == name]
    return found


def _first(node: etree._Element, path: str) -> etree._Element | None:
    return next(iter(_all(node, path)), None)
