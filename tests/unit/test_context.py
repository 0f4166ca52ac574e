from dataclasses import replace

from etl.context import context_sha256
from etl.records.document import Zone
from tests.fakes.small_paper import make_chunk_set, make_document, passages_of

PAPER = make_document(("methods", Zone.BODY, ["One."]), ("results", Zone.BODY, ["Two.", "Three."]))
CHUNKS = make_chunk_set(PAPER)


def test_order_and_scores_of_the_passages_do_not_count() -> None:
    passages = passages_of(0, 1)
    shuffled = [replace(p, score=p.score / 3, cosine=0.1) for p in passages_of(1, 0)]

    assert context_sha256(CHUNKS, passages) == context_sha256(CHUNKS, shuffled)


def test_another_parse_with_the_same_texts_has_the_same_hash() -> None:
    reparsed = make_chunk_set(
        make_document(
            ("introduction", Zone.BODY, ["New."]),
            ("results", Zone.BODY, ["Two.", "Three."]),
            ("methods", Zone.BODY, ["One."]),
        ),
        chunk_set_id=99,
    )

    assert context_sha256(CHUNKS, passages_of(0, 1)) == context_sha256(reparsed, passages_of(1, 2))


def test_one_more_passage_or_another_text_changes_the_hash() -> None:
    hashes = {context_sha256(CHUNKS, found) for found in ([], passages_of(0), passages_of(0, 1))}

    assert len(hashes) == 3
