"""What every embedder promises, asked of the fake and of the real one."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.embed.sentence_transformer import SentenceTransformerEmbedder
from etl.ports import Embedder
from etl.settings import EmbedSettings
from tests.fakes.embedder import FakeEmbedder

_TEXTS = [
    "The network was trained with Adam on one GPU.",
    "Images were flipped and rotated before training.",
    "We thank the rangers of the park.",
    "",
    "Ünïcödé ✓ and a very-long_token/with.signs",
]
#: bfloat16 keeps 8 bits of the mantissa; the shape of a batch moves the last of them.
_BATCH_TOLERANCE = 0.02


@pytest.fixture(scope="module", params=["fake", pytest.param("real", marks=pytest.mark.model)])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "fake":
        return FakeEmbedder()
    return SentenceTransformerEmbedder(EmbedSettings())


def test_vectors_have_the_space_s_form_and_unit_length(embedder: Embedder) -> None:
    vectors = embedder.embed(_TEXTS)
    assert vectors.shape == (len(_TEXTS), embedder.space.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.space.dim)
    assert embedder.count_tokens([]) == []


def test_the_same_texts_give_the_same_vectors(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed(_TEXTS), embedder.embed(_TEXTS))


def test_a_vector_belongs_to_its_text_whatever_stands_around_it(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in _TEXTS])
    for order in itertools.islice(itertools.permutations(range(len(_TEXTS))), 0, 120, 17):
        shuffled = embedder.embed([_TEXTS[row] for row in order])
        assert np.abs(shuffled - alone[list(order)]).max() < _BATCH_TOLERANCE


def test_texts_that_share_their_words_are_nearer_than_those_that_do_not(
    embedder: Embedder,
) -> None:
    question, near, far = embedder.embed(
        [
            "Which optimizer trained the network?",
            "The network was trained by the Adam optimizer.",
            "Rangers of the park counted elephants at dawn.",
        ]
    )
    assert question @ near > question @ far + 0.1


def test_nothing_at_the_end_of_a_long_text_is_lost(embedder: Embedder) -> None:
    start = "the birds were counted at dawn in the forest " * embedder.max_tokens
    end = "learning rate batch size optimizer epochs dropout " * embedder.max_tokens
    assert min(embedder.count_tokens([start, end])) > embedder.max_tokens
    birds, both, training = embedder.embed([start, start + end, end])
    assert both @ training > birds @ training + 0.2
    assert both @ birds > birds @ training + 0.2


def test_token_counts_hold_the_special_tokens_and_are_not_cut(embedder: Embedder) -> None:
    empty, one, many = embedder.count_tokens(["", "word", "word " * 1000])
    assert empty == embedder.count_tokens([""])[0]
    assert one == empty + 1
    assert many == empty + 1000


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=80), max_size=4))
def test_any_text_has_a_finite_vector(embedder: Embedder, texts: list[str]) -> None:
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), embedder.space.dim)
    assert np.isfinite(vectors).all()


def test_the_space_names_what_can_change_a_vector(embedder: Embedder) -> None:
    recipe = embedder.space.fingerprint.recipe
    assert {"model", "revision", "dtype", "dim", "normalised", "tokenizer"} <= recipe.keys()
    assert embedder.space.fingerprint.stage == "embed"
    assert embedder.space == embedder.space


@pytest.mark.model
def test_bfloat16_stays_near_float32() -> None:
    half = SentenceTransformerEmbedder(EmbedSettings(dtype="bfloat16")).embed(_TEXTS)
    full = SentenceTransformerEmbedder(EmbedSettings(dtype="float32")).embed(_TEXTS)
    assert (half * full).sum(axis=1).min() >= 0.999


@pytest.mark.model
def test_float32_agrees_with_the_library_s_own_encoding() -> None:
    from sentence_transformers import SentenceTransformer

    # Lengths that differ by one share a batch, so padding has to be masked.
    texts = [*_TEXTS, *(_TEXTS[0] * 5 + " more" * extra for extra in range(3))]
    ours = SentenceTransformerEmbedder(EmbedSettings(dtype="float32"))
    theirs = SentenceTransformer(str(ours.model_path)).encode(texts, normalize_embeddings=True)
    assert np.abs(ours.embed(texts) - theirs).max() < 1e-5
