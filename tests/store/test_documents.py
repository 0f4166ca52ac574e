"""What is written comes back as it was, whatever text a paper holds."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from etl.errors import Outcome, OutcomeCode
from etl.records.document import (
    BibliographyEntry,
    Block,
    BlockKind,
    CitationSpan,
    Document,
    Link,
    LinkKind,
    LinkOwner,
    Page,
    Region,
    Section,
    Sentence,
    Zone,
)
from etl.store.bulk import copy_rows, regions_literal
from etl.store.database import Database
from etl.store.documents import DocumentStore
from etl.store.plain_json import plain_json, printable
from tests.fakes.kept import keep_document
from tests.fakes.small_paper import make_document

pytestmark = pytest.mark.store

_keys = itertools.count(1_000)
#: What records promise: no NUL, no lone surrogate. Favours what text COPY and arrays must escape.
_awkward = st.sampled_from(
    ["\\N", "\\", "\\.", "\t", "\n", "\r", "\r\n", '"', "'", "{", "}", ",", "NULL", "\\x41", "\x0b"]
)
_words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
_texts = st.lists(st.one_of(_awkward, _words), max_size=6).map("".join)
_slow = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _document(texts: list[str], path: list[str], urls: list[str]) -> Document:
    key = next(_keys)
    base = make_document(("methods", Zone.BODY, ["x"]))
    # Quarter points are what real and two decimals both hold exactly.
    region = Region(page=1, x0=0.25, y0=1.5, x1=100.75, y1=12.0)
    return replace(
        base,
        document_id=key,
        full_text_id=key,
        title=texts[0] if texts else "",
        pages=(Page(page=1, width=612.0, height=792.5),),
        sections=(Section(section_index=0, path=tuple(path), kind="methods", zone=Zone.BODY),),
        blocks=tuple(
            Block(
                block_index=index,
                section_index=0,
                kind=BlockKind.PARAGRAPH,
                zone=Zone.BODY,
                text=body,
                regions=(region,) * (index % 3),
                xpath=body or None,
            )
            for index, body in enumerate(texts)
        ),
        sentences=tuple(
            Sentence(
                sentence_index=index,
                block_index=index,
                char_start=0,
                char_end=len(body),
                regions=(region,),
            )
            for index, body in enumerate(texts)
            if body
        )
        if all(texts)
        else (),
        references=tuple(
            BibliographyEntry(entry_index=index, text=body) for index, body in enumerate(texts)
        ),
        links=tuple(
            Link(
                url=url,
                origin="text",
                block_index=None,
                page=1,
                kind=kind,
                canonical=url,
                owner=owner,
                owner_reason=f"because of {url}",
            )
            for url, kind, owner in zip(urls, LinkKind, LinkOwner, strict=False)
        ),
        citations=tuple(
            CitationSpan(
                block_index=index,
                char_start=index,
                char_end=index + 3,
                entry_index=index if index % 2 else None,
            )
            for index, _ in enumerate(texts)
        ),
        quality=replace(base.quality, stopword_ratio=0.5, detail={"note": texts}),
    )


@_slow
@given(
    texts=st.lists(_texts, max_size=4),
    path=st.lists(_texts, max_size=3),
    urls=st.lists(_texts, max_size=2),
)
def test_a_document_comes_back_equal(
    database: Database,
    texts: list[str],
    path: list[str],
    urls: list[str],
) -> None:
    document = keep_document(database, _document(texts, path, urls))
    assert DocumentStore(database).load(document.document_id) == document


def test_writing_a_document_again_changes_nothing(database: Database) -> None:
    document = keep_document(database, _document(["One sentence."], ["Methods"], []))
    keep_document(database, replace(document, title="another title"))
    assert DocumentStore(database).load(document.document_id) == document


@_slow
@given(rows=st.lists(st.tuples(st.integers(0, 9), st.none() | _texts), max_size=8))
def test_copied_rows_come_back_equal(shared: Any, rows: list[tuple[int, str | None]]) -> None:
    with shared.open("florilegium_owner").rollback() as tx:
        tx.exec_driver_sql("CREATE TEMPORARY TABLE copied (number integer, words text)")
        copy_rows(tx, "copied", ("number", "words"), rows)
        found = tx.exec_driver_sql("SELECT number, words FROM copied ORDER BY ctid").all()
    assert [tuple(row) for row in found] == rows


def test_boxes_come_back_as_rows(database: Database) -> None:
    boxes = [Region(page=2, x0=1.25, y0=2.5, x1=3.75, y1=4.0)] * 2
    literal = regions_literal(boxes)
    found = database.read(text("SELECT CAST(:b AS real[]) AS boxes"), b=literal)[0].boxes
    assert found == [[2, 1.25, 2.5, 3.75, 4.0]] * 2


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("a\x00b", "a\\x00b"), ("a\ud800b", "a\\ud800b"), ("plain ünï", "plain ünï"), ("", "")],
)
def test_words_that_no_database_holds_are_shown_in_escapes(
    database: Database, raw: str, shown: str
) -> None:
    found = database.read(text("SELECT CAST(:words AS text) AS words"), words=printable(raw))
    assert found[0].words == shown


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_refused_before_the_database(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        plain_json({"score": value})


def test_equal_values_have_one_text() -> None:
    assert plain_json({"b": 1, "a": (1, 2)}) == plain_json({"a": [1, 2], "b": 1})
    assert plain_json(None) is None


def test_a_readable_document_has_no_outcome(database: Database) -> None:
    outcome = Outcome(code=OutcomeCode.GARBLED_TEXT, detail="cipher")
    document = replace(_document(["One."], [], []), outcome=outcome)
    with pytest.raises(IntegrityError, match="document_outcome_check"):
        keep_document(database, document)


def test_numpy_numbers_are_no_surprise_to_the_copy(shared: Any) -> None:
    rows: list[tuple[Any, ...]] = [(np.float32(0.5), np.int64(3))]
    with shared.open("florilegium_owner").rollback() as tx:
        tx.exec_driver_sql("CREATE TEMPORARY TABLE numbers (a real, b bigint)")
        copy_rows(tx, "numbers", ("a", "b"), rows)
        assert tuple(tx.exec_driver_sql("SELECT a, b FROM numbers").one()) == (0.5, 3)
