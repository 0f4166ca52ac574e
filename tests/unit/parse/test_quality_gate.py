from collections.abc import Callable
from typing import get_args

import pytest

from etl.errors import OutcomeCode
from etl.parse.draft import Draft, DraftBlock, DraftSection, KindName, ZoneName
from etl.parse.quality_gate import judge
from etl.records.document import BlockKind, Document, DocumentStatus, Zone
from etl.records.full_text import MediaType

SENTENCE = "The meadow was mown late in the year and the hay was taken from it by the farmers. "


def draft_of(text: str, *, zone: ZoneName = "body", pages: int = 1, **counts: float) -> Draft:
    draft = Draft(pages=[(600.0, 800.0)] * pages, counts=dict(counts))
    draft.sections.append(DraftSection(path=(), kind="other", zone=zone))
    if text:
        draft.blocks.append(DraftBlock(kind="paragraph", zone=zone, text=text, section=0))
    return draft


def test_a_short_genuine_paper_passes() -> None:
    verdict = judge(draft_of(SENTENCE * 17))
    assert verdict.code is None
    assert verdict.text_layer == "ok"
    assert verdict.language == "en"


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (draft_of("", image_pages=1), OutcomeCode.NO_TEXT_LAYER),
        (draft_of(""), OutcomeCode.NO_TEXT_LAYER),
        (draft_of("Scanned by X", pages=9, image_pages=9), OutcomeCode.NO_TEXT_LAYER),
        (draft_of("5()(5(1&(6 qzx wvk prtl " * 60), OutcomeCode.GARBLED_TEXT),
        (draft_of(SENTENCE * 20, unmapped_ratio=0.4), OutcomeCode.GARBLED_TEXT),
        (draft_of(SENTENCE), OutcomeCode.TOO_LITTLE_TEXT),
        (draft_of(SENTENCE * 4, zone="abstract"), OutcomeCode.ABSTRACT_ONLY),
        (draft_of(SENTENCE * 60, zone="abstract", pages=0), OutcomeCode.ABSTRACT_ONLY),
    ],
    ids=["scan", "blank", "stamp", "cipher", "unmapped", "cover", "abstract", "record"],
)
def test_what_cannot_be_trusted_is_refused(draft: Draft, code: OutcomeCode) -> None:
    verdict = judge(draft)
    assert verdict.code is code
    assert verdict.detail


def test_a_conference_abstract_as_pdf_is_all_there_is() -> None:
    assert judge(draft_of(SENTENCE * 20, zone="abstract")).code is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Wiese wurde spät gemäht und das Heu ist von den Bauern nach dem Regen. ", "de"),
        ("La prairie est dans la vallée et les orchidées sont plus rares que pour les ", "fr"),
    ],
)
def test_other_languages_are_no_cipher(text: str, language: str) -> None:
    verdict = judge(draft_of(text * 20))
    assert verdict.code is None
    assert verdict.language == language


def test_scripts_without_latin_letters_are_no_cipher() -> None:
    assert judge(draft_of("草地 晚割 使得 兰花 回来 " * 60)).code is None


def test_the_gate_decides_the_status_of_a_document(
    parse: Callable[[bytes, MediaType], Document],
) -> None:
    document = parse(b"One short note.\n\nNothing more.", MediaType.TEXT)
    assert document.status is DocumentStatus.UNREADABLE
    assert document.outcome is not None
    assert document.outcome.code is OutcomeCode.TOO_LITTLE_TEXT


def test_a_draft_speaks_of_kinds_and_zones_as_the_records_do() -> None:
    assert set(get_args(KindName)) == {kind.value for kind in BlockKind}
    assert set(get_args(ZoneName)) == {zone.value for zone in Zone}
