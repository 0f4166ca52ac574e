"""Read plain text: blank lines part paragraphs, short lines that look like it are headings."""

import re

from etl.errors import OutcomeCode, ParseError
from etl.parse.draft import Draft
from etl.parse.draft_builder import DraftBuilder, collapse
from etl.parse.section_kind import section_kind

__all__ = ["TEXT_READER", "read_text"]

#: Raise the number whenever the same file would give another document.
TEXT_READER = "plain-text/1"

_MARKDOWN = re.compile(r"(#{1,6})\s+(.+?)\s*#*")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[A-Z][^.!?]{1,80}")
_BULLET = re.compile(r"\s*(?:[-*\u2022]|\d{1,2}[.)])\s+(?=\S)")


def read_text(content: bytes) -> Draft:
    """
    Read UTF-8 text, Markdown headings included.

    Args:
        content: The file; a byte order mark is allowed.

    Returns:
        The draft; the first paragraph is its title when it is one short line.

    Raises:
        ParseError: WRONG_ENCODING where the bytes are not UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(OutcomeCode.WRONG_ENCODING, f"not UTF-8 at byte {error.start}") from None
    builder = DraftBuilder()
    builder.start_zone("body")
    for index, raw in enumerate(re.split(r"\n\s*\n", text.replace("\r\n", "\n"))):
        _add_paragraph(builder, raw.strip("\n"), is_first=index == 0)
    return builder.finish()


def _add_paragraph(builder: DraftBuilder, raw: str, *, is_first: bool) -> None:
    head, _, rest = raw.partition("\n")
    heading = _heading(head)
    if is_first and not rest and 0 < len(head) <= 200 and section_kind(head) == "other":
        block = builder.add("title", head.lstrip("# "), zone="front")
        builder.draft.title = block.text if block else ""
        return
    if heading is not None:
        level, title = heading
        builder.open_section(title, level=level)
        builder.add("heading", title)
        raw = rest
    lines = raw.split("\n")
    if _BULLET.match(raw) and all(_BULLET.match(line) or line[:1].isspace() for line in lines):
        for item in re.split(r"\n(?=\s*(?:[-*\u2022]|\d{1,2}[.)])\s)", raw):
            builder.add("list_item", _BULLET.sub("", item, count=1))
        return
    text = re.sub(r"(?<=[a-z])-\n\s*(?=[a-z])", "", raw)
    kind = section_kind(builder.draft.sections[-1].path[-1]) if _titled(builder) else "other"
    if kind == "references":
        for line in lines:
            if collapse(line):
                builder.add_reference(line, None)
    else:
        builder.add("paragraph", text)


def _titled(builder: DraftBuilder) -> bool:
    return bool(builder.draft.sections and builder.draft.sections[-1].path)


def _heading(line: str) -> tuple[int, str] | None:
    """Level and title where a line can only be a heading."""
    markdown = _MARKDOWN.fullmatch(line.strip())
    if markdown:
        return len(markdown[1]), markdown[2]
    stripped = collapse(line)
    numbered = _NUMBERED.fullmatch(stripped)
    if numbered:
        return numbered[1].count(".") + 1, stripped
    if len(stripped) <= 60 and not stripped.endswith(".") and section_kind(stripped) != "other":
        return 1, stripped
    return None
