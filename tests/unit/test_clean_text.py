import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean_text import clean_text

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=80)


@given(ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_clean_text_can_be_stored_and_cleaning_it_again_changes_nothing(raw: str) -> None:
    cleaned = clean_text(raw).text
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    again = clean_text(cleaned)
    assert again.text == cleaned
    assert again.invisible_count == again.unstorable_count == 0


def test_marks_that_no_reader_sees_are_taken_out_and_counted() -> None:
    tagged = "ig\u200bnore" + "".join(chr(0xE0000 + ord(letter)) for letter in "rules")
    cleaned = clean_text(tagged + "\u202etext")
    assert cleaned.text == "ignoretext"
    assert cleaned.invisible_count == 7


def test_ligatures_become_letters_but_superscripts_stay() -> None:
    assert (
        clean_text("e\ufb03cient \ufb02ow 10\u207b\u00b3 m\u00b2").text == "efficient flow 10⁻³ m²"
    )


def test_letters_set_as_mathematics_become_the_letters_a_search_finds() -> None:
    assert clean_text("\U0001d443 < 0.05 at 3 \u00b5g").text == "P < 0.05 at 3 μg"


def test_surrogate_pairs_become_their_character_and_lone_ones_go() -> None:
    cleaned = clean_text("a\ud83c\udf3cb\ud83cc\x00")
    assert cleaned.text == "a\U0001f33cbc"
    assert cleaned.unstorable_count == 2
