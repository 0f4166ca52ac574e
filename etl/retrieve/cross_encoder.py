"""
Score passages with a cross-encoder of sentence-transformers.

Reads:    a question and texts
Writes:   nothing
Gives up: AnswerError where a score is NaN; ServiceUnavailableError where the model is not here
Version:  the reranker's recipe: model, revision, longest input
Next:     rerank
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from etl.errors import AnswerError, OutcomeCode, UsageError
from etl.local_model import locate_model
from etl.settings import RetrieveSettings

__all__ = ["CrossEncoderReranker"]

_BATCH = 16
#: Another batch moves the last digits of a score; an order must not hang on them.
_DIGITS = 4


class CrossEncoderReranker:
    """
    The cross-encoder that the settings name, loaded at the first question and once.

    Args:
        settings: Folder or hub name in ``reranker``, and its revision.

    Raises:
        UsageError: No reranker is named.
        ServiceUnavailableError: The model is not on this machine.
    """

    def __init__(self, settings: RetrieveSettings) -> None:
        if settings.reranker is None:
            raise UsageError("no reranker is set; see FLORILEGIUM_RETRIEVE__RERANKER")
        self._name = settings.reranker
        self._path, self._revision = locate_model(
            settings.reranker, settings.reranker_revision, setting="RETRIEVE__RERANKER_REVISION"
        )

    @property
    def recipe(self) -> Mapping[str, Any]:
        """Model and revision; loads no model."""
        return {"kind": "cross-encoder", "model": self._name, "revision": self._revision}

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """
        How well each text answers the question; see :class:`etl.ports.Reranker`.

        A pair longer than the model reads is cut at the end of the text.

        Raises:
            AnswerError: A score is not a number.
            UsageError: The model gives more than one score a pair.
        """
        if not texts:
            return []
        import torch

        given = self._model.predict(
            [(question, text) for text in texts],
            batch_size=_BATCH,
            activation_fn=torch.nn.Sigmoid(),
            show_progress_bar=False,
        )
        scores = [round(float(score), _DIGITS) for score in given]
        if any(math.isnan(score) for score in scores):
            detail = f"the reranker {self._name} gave a score that is not a number"
            raise AnswerError(OutcomeCode.BROKEN_CONTRACT, detail)
        return scores

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - torch is not imported for its types
        # Seconds of import and load: only where something is really reranked.
        from sentence_transformers import CrossEncoder

        model = CrossEncoder(str(self._path), local_files_only=True)
        if model.config.num_labels != 1:
            raise UsageError(f"{self._name} gives {model.config.num_labels} scores a pair, not one")
        return model
