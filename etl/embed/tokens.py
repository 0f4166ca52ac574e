"""Tokens of a model's own tokenizer, counted whole or cut into windows; needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from etl.errors import UsageError

__all__ = ["WINDOWING_VERSION", "TokenWindow", "WindowTokenizer"]

#: Raise it when windows are cut or joined in another way; part of every embedding space.
WINDOWING_VERSION = "windows/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWindow:
    """One input of a forward pass."""

    #: Which text it is of.
    row: int
    #: Token ids with special tokens.
    token_ids: list[int]
    #: Tokens of text in it, special tokens not counted: its weight in the text's vector.
    weight: int


class WindowTokenizer:
    """
    A model's tokenizer that never cuts.

    Args:
        path: A ``tokenizer.json``.
        max_tokens: Longest window, special tokens included.

    Raises:
        UsageError: The file is no tokenizer.
    """

    def __init__(self, path: Path, *, max_tokens: int) -> None:
        # Two copies: truncation is a state of the tokenizer, and MiniLM's file asks for 128.
        self._whole = _read_tokenizer(path)
        self._whole.no_truncation()
        self._whole.no_padding()
        self._windows = _read_tokenizer(path)
        self._windows.no_padding()
        self._windows.enable_truncation(max_length=max_tokens, stride=0)
        self._special_count = self._whole.num_special_tokens_to_add(is_pair=False)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included, nothing cut."""
        return [len(encoding.ids) for encoding in self._whole.encode_batch_fast(list(texts))]

    def windows(self, texts: Sequence[str]) -> list[TokenWindow]:
        """
        Cut each text into windows without overlap; most texts have one.

        Returns:
            Windows in the order of the texts; together they hold every token of every text.
        """
        found = []
        for row, encoding in enumerate(self._windows.encode_batch(list(texts))):
            for part in (encoding, *encoding.overflowing):
                weight = max(1, len(part.ids) - self._special_count)
                found.append(TokenWindow(row=row, token_ids=part.ids, weight=weight))
        return found


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust side raises the bare class
        raise UsageError(f"{path} is no tokenizer this version can read: {error}") from error
