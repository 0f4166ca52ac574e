from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.embed.model_folder import find_model_folder
from etl.embed.tokens import WindowTokenizer
from etl.errors import UsageError
from etl.settings import EmbedSettings

_MAX_TOKENS = 16
_SPECIAL = 2


@pytest.fixture(scope="module")
def tokenizer() -> WindowTokenizer:
    path = find_model_folder(EmbedSettings()).path / "tokenizer.json"
    return WindowTokenizer(path, max_tokens=_MAX_TOKENS)


def test_counts_are_whole_although_the_file_asks_to_cut_at_128(tokenizer: WindowTokenizer) -> None:
    assert tokenizer.count(["word " * 600, "", "word"]) == [602, 2, 3]


def test_a_file_that_is_no_tokenizer_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"tokenizer\.json is no tokenizer"):
        WindowTokenizer(tmp_path / "tokenizer.json", max_tokens=_MAX_TOKENS)


def test_a_short_text_is_one_window(tokenizer: WindowTokenizer) -> None:
    (window,) = tokenizer.windows(["three words here"])
    assert (window.row, window.weight, len(window.token_ids)) == (0, 3, 5)


def test_windows_stay_in_the_order_of_the_texts(tokenizer: WindowTokenizer) -> None:
    windows = tokenizer.windows(["one", "word " * 30, "two"])
    assert [window.row for window in windows] == [0, 1, 1, 1, 2]
    assert [window.weight for window in windows] == [1, 14, 14, 2, 1]


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=300))
def test_windows_hold_every_token_and_none_is_too_long(
    tokenizer: WindowTokenizer, text: str
) -> None:
    windows = tokenizer.windows([text])
    assert max(len(window.token_ids) for window in windows) <= _MAX_TOKENS
    held = sum(len(window.token_ids) - _SPECIAL for window in windows)
    assert held + _SPECIAL == tokenizer.count([text])[0]
