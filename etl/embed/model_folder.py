"""Read the form of a sentence-transformers model on disk, without loading it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import UsageError
from etl.keys import sha256_hex
from etl.local_model import locate_model
from etl.settings import EmbedSettings

__all__ = ["ModelFolder", "find_model_folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A model on disk."""

    path: Path
    #: As people name it.
    name: str
    #: Package version, hub revision, or ``sha256:…`` of a plain folder's content.
    revision: str
    #: Length of a vector.
    dim: int
    #: Longest input, special tokens included.
    max_tokens: int
    #: SHA-256 of ``tokenizer.json``.
    tokenizer_sha256: str


def find_model_folder(settings: EmbedSettings) -> ModelFolder:
    """
    Find the model that the settings name.

    Args:
        settings: ``model`` is the bundled package's name, a folder, or a hub name
            (``organisation/model``) that is in the local cache at ``revision``.

    Raises:
        ServiceUnavailableError: The model is not on this machine.
        UsageError: The model is there but is another version, or no sentence-transformers
            model with a fast tokenizer.
    """
    path, revision = locate_model(settings.model, settings.revision, setting="EMBED__REVISION")
    tokenizer = path / "tokenizer.json"
    if not tokenizer.is_file():
        raise UsageError(f"the model {settings.model} has no tokenizer.json in {path}")
    return ModelFolder(
        path=path,
        name=settings.model,
        revision=revision,
        dim=_read_dim(path),
        max_tokens=_read_max_tokens(path),
        tokenizer_sha256=sha256_hex(tokenizer.read_bytes()),
    )


def _read_dim(path: Path) -> int:
    """Follow the model's modules: the last one that names an output size decides."""
    dim = _first_number(_read_json(path / "config.json"), ("hidden_size", "d_model", "dim"))
    for module in _read_json(path / "modules.json") or []:
        config = _read_json(path / str(module.get("path", "")) / "config.json")
        if str(module.get("type", "")).endswith("Dense"):
            dim = _first_number(config, ("out_features",)) or dim
        elif str(module.get("type", "")).endswith("Pooling"):
            size = _first_number(config, ("word_embedding_dimension", "embedding_dimension")) or dim
            # Several pooling modes are laid end to end.
            dim = size * max(
                1,
                sum(
                    value is True for key, value in config.items() if key.startswith("pooling_mode")
                ),
            )
    if not dim:
        raise UsageError(f"{path} is no sentence-transformers model: no vector size in its configs")
    return dim


def _read_max_tokens(path: Path) -> int:
    own = _first_number(_read_json(path / "sentence_bert_config.json"), ("max_seq_length",))
    limits = (
        _first_number(_read_json(path / "tokenizer_config.json"), ("model_max_length",)),
        _first_number(_read_json(path / "config.json"), ("max_position_embeddings",)),
    )
    # Tokenizers without a limit say 1e30.
    known = [limit for limit in (own, *limits) if 0 < limit < 1_000_000]
    if not known:
        raise UsageError(f"{path} names no longest input in its configs")
    return min(known)


def _first_number(config: Any, names: Sequence[str]) -> int:  # noqa: ANN401 - JSON
    values = (config.get(name) for name in names) if isinstance(config, dict) else ()
    return next((int(value) for value in values if isinstance(value, int | float)), 0)


def _read_json(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error
