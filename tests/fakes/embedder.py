"""An embedder without a model: hashed bags of words, the same on every machine."""

import hashlib
from collections.abc import Sequence

import numpy as np

from etl.errors import EmbedError, OutcomeCode
from etl.keys import content_key, fingerprint_sha256
from etl.records.chunk import EmbeddingSpace, Vectors
from etl.records.recipe import Fingerprint

__all__ = ["FakeEmbedder"]

_DIM = 64
#: Like [CLS] and [SEP]: they count, and they keep an empty text from being a zero vector.
_SPECIAL = 2


class FakeEmbedder:
    """
    Texts with common words are near each other; tokens are what white space separates.

    Args:
        max_tokens: Longest input, special tokens included; longer texts lose nothing.
        poison: A text that holds this word has a NaN vector.
    """

    def __init__(self, *, max_tokens: int = 256, poison: str | None = None) -> None:
        self._max_tokens = max_tokens
        self._poison = poison
        #: Texts embedded so far, for tests that count forward passes.
        self.embedded_count = 0

    @property
    def space(self) -> EmbeddingSpace:
        recipe = {
            "kind": "fake",
            "model": "hashed-words",
            "revision": "1",
            "tokenizer": "whitespace",
            "dtype": "float32",
            "dim": _DIM,
            "normalised": True,
        }
        sha256 = fingerprint_sha256(recipe)
        fingerprint = Fingerprint(
            fingerprint_id=content_key("embed", sha256),
            stage="embed",
            name="hashed-words/1/float32",
            sha256=sha256,
            recipe=recipe,
        )
        return EmbeddingSpace(fingerprint=fingerprint, dim=_DIM)

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + _SPECIAL for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), _DIM), dtype=np.float32)
        for row, text in enumerate(texts):
            words = text.lower().split()
            if self._poison is not None and self._poison in words:
                raise EmbedError(OutcomeCode.BAD_VECTOR, f"row {row} of {len(texts)}: poisoned")
            # Whole numbers are added to it, so no sum of words makes the vector zero.
            vectors[row, 0] = 0.1
            for word in words:
                digest = hashlib.blake2b(word.strip(".,;:()[]?!").encode(), digest_size=8).digest()
                vectors[row, digest[0] % _DIM] += 1 if digest[1] % 2 else -1
        self.embedded_count += len(texts)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, lengths, dtype=np.float32)
        return unit
