"""
The one place where XML is read.

Entities of a document's own are never expanded, no DTD is loaded, no network or file is
touched, and libxml2 keeps its limits on depth (256), text size (10 MB) and amplification.
Named HTML entities, which old JATS files use without declaring them, become their character.
"""

from html.entities import html5

from lxml import etree

from etl.errors import OutcomeCode, ParseError

__all__ = ["MAX_XML_BYTES", "read_xml"]

#: Ten times the largest article seen in PubMed Central's open subset (parsing.md section 6).
MAX_XML_BYTES = 20_000_000


def read_xml(
    content: bytes, *, allow_entities: bool = True, max_bytes: int = MAX_XML_BYTES
) -> etree._Element:
    """
    Parse untrusted XML strictly.

    Args:
        content: At most *max_bytes*.
        allow_entities: False refuses any entity declaration (a GROBID server never sends
            one); True keeps the file but drops the entities it declares itself.
        max_bytes: Cap, bytes; 20 MB for an article.

    Returns:
        The root element; comments and processing instructions are removed.

    Raises:
        ParseError: TOO_LARGE above the byte cap; BAD_XML where the text is not well formed,
            too deep, too large a node, or amplifies itself.
    """
    if len(content) > max_bytes:
        detail = f"XML of {len(content)} bytes, at most {max_bytes}"
        raise ParseError(OutcomeCode.TOO_LARGE, detail)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(OutcomeCode.BAD_XML, f"not well formed: {_reason(error)}") from None
    if root is None:
        raise ParseError(OutcomeCode.BAD_XML, "no root element")
    _settle_entities(root, allow_entities=allow_entities)
    return root


def _reason(error: Exception) -> str:
    """The parser's message without the paper's own words, at most 120 characters."""
    if isinstance(error, etree.XMLSyntaxError):
        return f"line {error.position[0]}"
    return type(error).__name__


def _settle_entities(root: etree._Element, *, allow_entities: bool) -> None:
    internal = root.getroottree().docinfo.internalDTD
    declared: set[str] = set()
    if internal is not None:
        # The stubs of lxml lack this method.
        declared = {entity.name for entity in internal.iterentities()}  # type: ignore[attr-defined]
    if declared and not allow_entities:
        raise ParseError(OutcomeCode.BAD_XML, "declares entities of its own")
    for node in list(root.iter(etree.Entity)):
        name = node.text[1:-1] if node.text else ""
        # An entity that the file declares itself may point anywhere, so it stays unread.
        character = "" if name in declared else html5.get(f"{name};", "")
        _replace_by_text(node, character)


def _replace_by_text(node: etree._Element, text: str) -> None:
    parent = node.getparent()
    if parent is None:
        return
    text += node.tail or ""
    before = node.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    node.tail = None
    parent.remove(node)
