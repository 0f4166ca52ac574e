import numpy as np
import pytest

from etl.embed.unit_vectors import require_unit_rows
from etl.errors import EmbedError, OutcomeCode


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 3e38])
def test_a_row_without_a_direction_is_refused_by_its_number(value: float) -> None:
    vectors = np.ones((3, 4), dtype=np.float32)
    vectors[1] = value
    with pytest.raises(EmbedError, match="row 1 of 3") as caught:
        require_unit_rows(vectors)
    assert caught.value.outcome.code is OutcomeCode.BAD_VECTOR


def test_rows_keep_their_direction_and_get_length_one() -> None:
    unit = require_unit_rows(np.array([[3, 4], [0, -2]], dtype=np.float32))
    assert unit == pytest.approx(np.array([[0.6, 0.8], [0, -1]]))
    assert unit.dtype == np.float32


def test_no_row_is_fine() -> None:
    assert require_unit_rows(np.zeros((0, 4), dtype=np.float32)).shape == (0, 4)
