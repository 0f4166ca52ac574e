"""A reranker reorders what the search found; without one nothing changes, keys included."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etl.errors import AnswerError, ServiceUnavailableError, UsageError
from etl.journey import Ports, find_passages
from etl.records.document import Zone
from etl.records.question import AnswerType
from etl.retrieve.cross_encoder import CrossEncoderReranker
from etl.retrieve.fingerprint import retriever_recipe
from etl.retrieve.memory_index import MemoryIndex
from etl.settings import RetrieveSettings
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.parser import FakeParser
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

_PARTS = [("methods", Zone.BODY, [f"Sentence number {n} about frogs."]) for n in range(6)]
_QUESTION = make_question("What about frogs?", AnswerType.SHORT_TEXT)


class CountingReranker:
    """Likes the texts best whose number is highest."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    @property
    def recipe(self) -> Mapping[str, Any]:
        return {"kind": "counting"}

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((question, len(texts)))
        return [int(text.split()[2]) / 10 for text in texts]


def _find(reranker: CountingReranker | None, **settings: Any) -> list[Any]:
    document = make_document(*_PARTS)
    chunk_set = make_chunk_set(document)
    embedder = FakeEmbedder()
    vectors = embedder.embed([chunk.text for chunk in chunk_set.chunks])
    ports = Ports(
        parser=FakeParser(),
        embedder=embedder,
        chunker=chunk_set.chunker,
        max_chunk_tokens=200,
        answerers={},
        retrieve=RetrieveSettings(**settings),
        reranker=reranker,
    )
    index = MemoryIndex(document, chunk_set, vectors, ports.retrieve)
    asked = embedder.embed([_QUESTION.text])
    return find_passages(chunk_set, [_QUESTION], asked, index, ports)[0]


def test_the_reranker_reads_deeper_and_its_order_counts() -> None:
    reranker = CountingReranker()
    found = _find(reranker, passages_per_question=2, reranked_passages=5)
    assert reranker.asked == [(_QUESTION.text, 5)]
    scores = [passage.score for passage in found]
    assert len(found) == 2
    assert scores == sorted(scores, reverse=True)
    assert [passage.passage_rank for passage in found] == [1, 2]
    assert all(passage.methods[-1] == "rerank" for passage in found)


def test_without_a_reranker_the_order_of_the_fusion_stays() -> None:
    found = _find(None, passages_per_question=3)
    assert [passage.passage_rank for passage in found] == [1, 2, 3]
    assert all("rerank" not in passage.methods for passage in found)


def test_only_a_reranker_changes_the_recipe_of_the_retrieval() -> None:
    settings = RetrieveSettings()
    assert "reranker" not in retriever_recipe(settings)
    assert retriever_recipe(settings, CountingReranker())["reranker"]["kind"] == "counting"
    deeper = RetrieveSettings(reranked_passages=40)
    assert retriever_recipe(deeper) == retriever_recipe(settings)
    assert retriever_recipe(deeper, CountingReranker()) != retriever_recipe(
        settings, CountingReranker()
    )


def test_a_reranker_that_is_not_here_is_said_at_once() -> None:
    with pytest.raises(ServiceUnavailableError, match="hf download"):
        CrossEncoderReranker(RetrieveSettings(reranker="nobody/nothing", reranker_revision="1"))
    with pytest.raises(UsageError, match="no reranker is set"):
        CrossEncoderReranker(RetrieveSettings())


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of two layers with random weights, made here."""
    return make_cross_encoder(tmp_path_factory.mktemp("cross"), labels=1)


def make_cross_encoder(folder: Path, *, labels: int) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "frogs", "terns", "about", "what", "?"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        num_labels=labels,
        # Weights as small as usual would give every pair the same four digits.
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.model
def test_a_real_cross_encoder_scores_each_text_by_itself(tiny_folder: Path) -> None:
    reranker = CrossEncoderReranker(RetrieveSettings(reranker=str(tiny_folder)))
    texts = ["frogs", "terns about", "what " * 100]
    together = reranker.score("what about frogs ?", texts)
    alone = [reranker.score("what about frogs ?", [text])[0] for text in texts]
    assert together == pytest.approx(alone, abs=2e-4)
    assert all(0 <= score <= 1 for score in together)
    assert len(set(together)) > 1
    assert reranker.score("what", []) == []
    assert str(reranker.recipe["revision"]).startswith("sha256:")


@pytest.mark.model
def test_a_model_of_several_scores_or_of_nan_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two").mkdir()
    many = make_cross_encoder(tmp_path / "two", labels=2)
    with pytest.raises(UsageError, match="2 scores a pair"):
        CrossEncoderReranker(RetrieveSettings(reranker=str(many))).score("what", ["frogs"])
    (tmp_path / "one").mkdir()
    one = make_cross_encoder(tmp_path / "one", labels=1)
    reranker = CrossEncoderReranker(RetrieveSettings(reranker=str(one)))
    monkeypatch.setattr(reranker._model, "predict", lambda *_args, **_kw: np.array([np.nan]))
    with pytest.raises(AnswerError, match="not a number"):
        reranker.score("what", ["frogs"])
