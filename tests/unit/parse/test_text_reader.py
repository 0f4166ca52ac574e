import pytest

from etl.errors import OutcomeCode, ParseError
from etl.parse.text_reader import read_text

PAPER = """Late mowing brings orchids back

Abstract
We mowed late.

# Methods
The plots were mown in
July, and the obser-
vers counted twice.

- cut late
- take the hay

2.1 Counting plants

Two observers counted.

References
Sample B (2001) Orchids.
Example A (2002) Hay.
"""


def test_headings_lists_references_and_joined_lines_are_found() -> None:
    draft = read_text(PAPER.encode())
    kinds = [(block.kind, block.text) for block in draft.blocks]
    assert draft.title == "Late mowing brings orchids back"
    assert ("heading", "Methods") in kinds
    assert ("paragraph", "The plots were mown in July, and the observers counted twice.") in kinds
    assert ("list_item", "take the hay") in kinds
    assert ("heading", "2.1 Counting plants") in kinds
    assert [text for text, _ in draft.references] == [
        "Sample B (2001) Orchids.",
        "Example A (2002) Hay.",
    ]


def test_the_abstract_is_a_zone_of_its_own() -> None:
    draft = read_text(PAPER.encode())
    block = next(block for block in draft.blocks if block.text == "We mowed late.")
    assert block.zone == "abstract"


def test_other_encodings_are_refused() -> None:
    with pytest.raises(ParseError) as caught:
        read_text("Gr\u00fc\u00dfe".encode("latin-1"))
    assert caught.value.outcome.code is OutcomeCode.WRONG_ENCODING
