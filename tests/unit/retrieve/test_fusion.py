import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.retrieve.fusion import fuse


def test_score_is_prior_times_the_sum_of_reciprocal_ranks() -> None:
    fused = fuse({4: 1, 7: 2}, {7: 1}, constant=60, priors={7: 1.5}, k=5)

    assert fused == [
        (7, pytest.approx(1.5 * (1 / 62 + 1 / 61))),
        (4, pytest.approx(1 / 61)),
    ]


def test_equal_scores_are_ordered_by_chunk_index() -> None:
    fused = fuse({9: 1, 3: 2}, {3: 1, 9: 2}, constant=60, priors={}, k=5)

    assert [chunk_index for chunk_index, _ in fused] == [3, 9]


def test_a_chunk_with_prior_zero_never_appears_even_when_it_is_the_only_one() -> None:
    assert fuse({1: 1}, {1: 1}, constant=60, priors={1: 0.0}, k=5) == []


def test_no_rank_gives_no_result() -> None:
    assert fuse({}, {}, constant=60, priors={}, k=5) == []


ranks = st.lists(st.integers(0, 30), unique=True).map(
    lambda chunks: {chunk: rank for rank, chunk in enumerate(chunks, start=1)}
)


@given(ranks, ranks, st.integers(1, 100), st.integers(1, 12))
def test_result_is_sorted_bounded_and_holds_only_ranked_chunks(
    vector: dict[int, int], text: dict[int, int], constant: int, k: int
) -> None:
    fused = fuse(vector, text, constant=constant, priors={}, k=k)

    assert len(fused) == min(k, len(vector.keys() | text.keys()))
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))
    assert {chunk for chunk, _ in fused} <= vector.keys() | text.keys()
