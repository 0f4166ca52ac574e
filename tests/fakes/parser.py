"""A parser without a child: small marked-up texts become documents in this very process."""

from collections.abc import Collection
from dataclasses import dataclass, field

from etl.errors import Outcome, OutcomeCode, ParseError
from etl.keys import content_key, fingerprint_sha256
from etl.records.document import (
    Block,
    BlockKind,
    Document,
    DocumentStatus,
    Quality,
    Section,
    Sentence,
    Zone,
)
from etl.records.full_text import FullText, MediaType
from etl.records.recipe import Fingerprint

__all__ = ["FakeParser"]

#: Words by which a paper asks for its own end.
_BROKEN = "BROKEN"
_GARBLED = "GARBLED"
_BUG = "BUG"


@dataclass(slots=True)
class _Draft:
    sections: list[Section] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)


class FakeParser:
    """
    Reads ``title``, then ``# kind`` lines that open a section, then one sentence a line.

    A blank line ends a block. ``# references`` and ``# noise`` open sections of those zones. A
    text that starts with BROKEN raises, one with GARBLED is unreadable, one with BUG meets a
    fault of our own.

    Args:
        version: Part of the fingerprint, as a reader's version is.
        barred: Section kinds that this version takes for noise.
    """

    def __init__(self, version: str = "1", *, barred: Collection[str] = ()) -> None:
        self._version = version
        self._barred = frozenset(barred)
        #: How often :meth:`parse` was called.
        self.call_count = 0

    def fingerprint(self, media_type: MediaType) -> Fingerprint:
        """One a media type and version."""
        recipe = {
            "kind": "fake",
            "version": self._version,
            "media_type": media_type.value,
            "barred": sorted(self._barred),
        }
        sha256 = fingerprint_sha256(recipe)
        return Fingerprint(
            fingerprint_id=content_key("parse", sha256),
            stage="parse",
            name=f"fake-parser/{self._version}",
            sha256=sha256,
            recipe=recipe,
        )

    def parse(self, full_text: FullText, content: bytes) -> Document:
        """Read one paper; the same bytes always give the same document."""
        self.call_count += 1
        text = content.decode()
        if text.startswith(_BROKEN):
            raise ParseError(OutcomeCode.BROKEN_FILE, "the paper says that it is broken")
        if text.startswith(_BUG):
            raise ZeroDivisionError("a fault of the reader itself")
        title, _, body = text.partition("\n")
        draft = self._read(body)
        fingerprint = self.fingerprint(full_text.media_type)
        is_garbled = text.startswith(_GARBLED)
        outcome = Outcome(code=OutcomeCode.GARBLED_TEXT, detail="cipher") if is_garbled else None
        return Document(
            document_id=content_key(full_text.sha256, fingerprint.sha256),
            full_text_id=full_text.full_text_id,
            parser=fingerprint,
            status=DocumentStatus.UNREADABLE if outcome else DocumentStatus.PARSED,
            outcome=outcome,
            title=title,
            quality=Quality(
                text_layer="garbled" if is_garbled else "ok",
                stopword_ratio=0.5,
                page_count=0,
                body_char_count=len(body),
                heading_count=len(draft.sections),
                reference_count=0,
            ),
            pages=(),
            sections=tuple(draft.sections),
            blocks=tuple(draft.blocks),
            sentences=tuple(draft.sentences),
            references=(),
            links=(),
        )

    def _read(self, body: str) -> _Draft:
        draft = _Draft()
        kind = "other"
        self._open(draft, kind)
        for paragraph in body.split("\n\n"):
            lines = [line for line in paragraph.split("\n") if line]
            if lines and lines[0].startswith("# "):
                kind = lines.pop(0).removeprefix("# ")
                self._open(draft, kind)
            if lines:
                _add_block(draft, lines)
        return draft

    def _open(self, draft: _Draft, kind: str) -> None:
        zone = Zone.BODY
        if kind in self._barred:
            zone = Zone.NOISE
        elif kind in {"references", "noise", "hidden"}:
            zone = Zone(kind)
        index = len(draft.sections)
        path = (kind.title(),) if index else ()
        draft.sections.append(Section(section_index=index, path=path, kind=kind, zone=zone))


def _add_block(draft: _Draft, lines: list[str]) -> None:
    section = draft.sections[-1]
    index = len(draft.blocks)
    draft.blocks.append(
        Block(
            block_index=index,
            section_index=section.section_index,
            kind=BlockKind.PARAGRAPH,
            zone=section.zone,
            text=" ".join(lines),
        )
    )
    start = 0
    for line in lines:
        draft.sentences.append(
            Sentence(
                sentence_index=len(draft.sentences),
                block_index=index,
                char_start=start,
                char_end=start + len(line),
            )
        )
        start += len(line) + 1
