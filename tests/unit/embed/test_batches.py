import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.embed.batches import MAX_PADDING_RATIO, plan_batches


def test_no_row_gives_no_batch() -> None:
    assert plan_batches([], batch_tokens=512) == []


def test_rows_of_equal_length_fill_a_batch_to_its_budget() -> None:
    batches = plan_batches([100] * 12, batch_tokens=512)
    assert [len(batch) for batch in batches] == [5, 5, 2]


def test_a_row_longer_than_the_budget_stands_alone() -> None:
    assert plan_batches([10, 900, 10], batch_tokens=256) == [[1], [0, 2]]


@given(st.lists(st.integers(1, 512), max_size=200), st.integers(256, 8192))
def test_each_row_comes_once_and_padding_stays_under_its_bound(
    lengths: list[int], batch_tokens: int
) -> None:
    batches = plan_batches(lengths, batch_tokens=batch_tokens)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        inside = [lengths[row] for row in batch]
        padded = max(inside) * len(inside)
        assert padded <= batch_tokens or len(inside) == 1
        assert padded - sum(inside) <= MAX_PADDING_RATIO * padded


def test_paragraphs_of_a_paper_are_batched_and_not_sent_one_by_one() -> None:
    lengths = np.random.default_rng(0).integers(40, 220, size=60).tolist()
    assert len(plan_batches(lengths, batch_tokens=4096)) < 40
