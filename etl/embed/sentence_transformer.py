"""
Embed texts with a sentence-transformers model.

Reads:    texts of chunks or questions
Writes:   core.embedding, through the store
Gives up when: a vector is NaN, Inf or zero (EmbedError)
Version:  the embedding space: model, revision, number format, windowing
Next:     retrieve
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from etl.embed.batches import plan_batches
from etl.embed.model_folder import ModelFolder, find_model_folder
from etl.embed.precision import resolve_dtype
from etl.embed.tokens import WINDOWING_VERSION, TokenWindow, WindowTokenizer
from etl.embed.unit_vectors import require_unit_rows, unit_rows
from etl.keys import content_key, fingerprint_sha256
from etl.records.chunk import EmbeddingSpace, Vectors
from etl.records.recipe import Fingerprint
from etl.settings import EmbedSettings

__all__ = ["SentenceTransformerEmbedder"]

_log = structlog.get_logger()


class SentenceTransformerEmbedder:
    """
    The model that the settings name, loaded at the first text and once.

    A text longer than the model's input is read in windows without overlap; its vector is the
    mean of theirs, weighted by their tokens and scaled to length 1. So no token is ever lost,
    where the model by itself would drop the end of a text in silence.

    Args:
        settings: Model, revision, number format and size of a forward pass.

    Raises:
        ServiceUnavailableError: The model is not on this machine.
        UsageError: The model is not the version asked for, or has no usable configuration.
    """

    def __init__(self, settings: EmbedSettings) -> None:
        self._settings = settings
        self._folder: ModelFolder = find_model_folder(settings)
        self._dtype = resolve_dtype(settings.dtype)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The space of the vectors; needs neither torch nor the weights."""
        recipe = {
            "kind": "sentence-transformers",
            "model": self._folder.name,
            "revision": self._folder.revision,
            "tokenizer": f"{self._folder.name}:{self._folder.tokenizer_sha256[:16]}",
            "dtype": self._dtype,
            "dim": self._folder.dim,
            "normalised": True,
            "max_tokens": self._folder.max_tokens,
            "windowing": WINDOWING_VERSION,
        }
        sha256 = fingerprint_sha256(recipe)
        fingerprint = Fingerprint(
            fingerprint_id=content_key("embed", sha256),
            stage="embed",
            name=f"{self._folder.name}/{self._folder.revision}/{self._dtype}",
            sha256=sha256,
            recipe=recipe,
        )
        return EmbeddingSpace(fingerprint=fingerprint, dim=self._folder.dim)

    @property
    def max_tokens(self) -> int:
        """Longest input of one forward pass, special tokens included."""
        return self._folder.max_tokens

    @property
    def model_path(self) -> Path:
        """Folder of the model."""
        return self._folder.path

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included, nothing cut; loads the tokenizer only."""
        return self._tokenizer.count(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Embed texts.

        Returns:
            ``(len(texts), dim)`` float32 of length 1; ``(0, dim)`` for no text.

        Raises:
            EmbedError: A vector is NaN, Inf or zero; names the row.
        """
        windows = self._tokenizer.windows(texts)
        sums = np.zeros((len(texts), self._folder.dim), dtype=np.float32)
        batches = plan_batches(
            [len(window.token_ids) for window in windows],
            batch_tokens=self._settings.batch_tokens,
        )
        for batch in batches:
            members = [windows[index] for index in batch]
            for member, vector in zip(members, self._forward(members), strict=True):
                sums[member.row] += member.weight * vector
        return require_unit_rows(sums)

    @cached_property
    def _tokenizer(self) -> WindowTokenizer:
        return WindowTokenizer(
            self._folder.path / "tokenizer.json", max_tokens=self._folder.max_tokens
        )

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - torch is not imported for its types
        # 5 CPU-seconds: only where a text is really embedded.
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        # Its bar for reading 90 MB would land in the middle of the table people look at.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(
            str(self._folder.path),
            local_files_only=True,
            model_kwargs={"dtype": getattr(torch, self._dtype)},
        ).eval()
        _log.info(
            "embed.model_loaded",
            model=self._folder.name,
            dtype=self._dtype,
            device=str(model.device),
            threads=torch.get_num_threads(),
        )
        return model

    def _forward(self, windows: Sequence[TokenWindow]) -> Vectors:
        """Run one batch; rows come back in the order of the windows, of length 1."""
        import torch

        model = self._model
        longest = max(len(window.token_ids) for window in windows)
        token_ids = np.full((len(windows), longest), self._pad_id, dtype=np.int64)
        mask = np.zeros_like(token_ids)
        for row, window in enumerate(windows):
            token_ids[row, : len(window.token_ids)] = window.token_ids
            mask[row, : len(window.token_ids)] = 1
        with torch.inference_mode():
            features = {
                "input_ids": torch.from_numpy(token_ids).to(model.device),
                "attention_mask": torch.from_numpy(mask).to(model.device),
            }
            output = model(features)["sentence_embedding"].float().cpu().numpy()
        return unit_rows(output)

    @cached_property
    def _pad_id(self) -> int:
        return int(self._model.tokenizer.pad_token_id or 0)
