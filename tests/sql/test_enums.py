"""A closed set is written twice, in Python and in a CHECK; both are the same set (rule R12)."""

import re
from enum import StrEnum
from typing import Any

import pytest

from etl.errors import OutcomeCode
from etl.night.night import STAGE_ORDER
from etl.records.ballot import CellState, MatchKind
from etl.records.chunk import ChunkKind
from etl.records.decision import DecisionState
from etl.records.document import BlockKind, DocumentStatus, LinkKind, LinkOwner, Zone
from etl.records.full_text import MediaType
from etl.records.question import AnswerType

pytestmark = pytest.mark.store

_CHECK = """
SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.contype = 'c' AND c.conrelid = '{table}'::regclass AND a.attname = '{column}'
  AND cardinality(c.conkey) = 1
"""


def _allowed(database: Any, table: str, column: str) -> set[str]:
    definitions = database.sql(_CHECK.format(table=table, column=column))
    return set(re.findall(r"'([^']*)'::text", " ".join(definitions)))


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("core.ballot", "state", CellState),
        ("core.decision", "state", DecisionState),
        ("core.full_text", "media_type", MediaType),
        ("core.chunk", "kind", ChunkKind),
        ("core.question_version", "answer_type", AnswerType),
        ("core.evidence", "match_kind", MatchKind),
        ("core.document", "status", DocumentStatus),
        ("core.link", "kind", LinkKind),
        ("core.link", "owner", LinkOwner),
    ],
)
def test_python_and_the_database_allow_the_same(
    template: Any, table: str, column: str, enum: type[StrEnum]
) -> None:
    assert _allowed(template, table, column) == {member.value for member in enum}


def test_the_stages_of_fingerprints_cover_the_stages_of_a_night(template: Any) -> None:
    assert set(STAGE_ORDER) - {"fetch"} <= _allowed(template, "core.fingerprint", "stage")


def test_a_paper_ends_a_run_in_one_of_the_ways_that_the_flow_counts(template: Any) -> None:
    final = _allowed(template, "ops.sighting", "final_outcome")
    columns = set(
        template.sql(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = 'out' AND table_name = 'flow'"
        )
    )
    assert final
    assert final <= columns


def test_every_outcome_code_says_what_to_do_next() -> None:
    assert all(code.next_step.endswith(".") for code in OutcomeCode)


def test_zones_and_block_kinds_are_closed_sets_too(template: Any) -> None:
    assert _allowed(template, "core.block", "zone") == {zone.value for zone in Zone}
    assert _allowed(template, "core.block", "kind") == {kind.value for kind in BlockKind}
    assert _allowed(template, "core.section", "zone") == {zone.value for zone in Zone}
