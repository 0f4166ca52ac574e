"""
Read the XML of feeds.

Reads:    Atom and OAI-PMH answers, untrusted
Writes:   nothing
Gives up: FetchError BROKEN_ANSWER when it is not well formed or has another root
Version:  none
Next:     etl/fetch/sources/arxiv.py, etl/fetch/sources/oai_pmh.py
"""

from lxml import etree

from etl.errors import ParseError
from etl.fetch.sources.fields import broken, clean
from etl.safe_xml import read_xml

__all__ = ["child", "children", "feed_root", "text_of"]

#: A slice of arXiv or a page of a repository has a few hundred kilobytes.
_MAX_BYTES = 8_000_000


def feed_root(content: bytes, where: str, *, root: str) -> etree._Element:
    """
    Parse a feed.

    Args:
        content: The bytes.
        where: Name for the error.
        root: Local name the outermost element must have.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    try:
        found = read_xml(content, allow_entities=False, max_bytes=_MAX_BYTES)
    except ParseError as error:
        raise broken(where, error.outcome.detail) from error
    if etree.QName(found).localname != root:
        raise broken(where, f"has no {root}")
    return found


def children(parent: etree._Element, name: str) -> list[etree._Element]:
    """Direct children by local name, whatever their namespace."""
    return [
        each for each in parent if isinstance(each.tag, str) and etree.QName(each).localname == name
    ]


def child(parent: etree._Element, name: str) -> etree._Element | None:
    """The first of :func:`children`."""
    return next(iter(children(parent, name)), None)


def text_of(parent: etree._Element, name: str) -> str | None:
    """The cleaned text of the first child of that name, None where it is empty or absent."""
    found = child(parent, name)
    return None if found is None else clean("".join(map(str, found.itertext()))) or None
