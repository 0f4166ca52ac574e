"""One line for one item, the same wherever it is shown."""

import pytest

from etl.value_text import item_text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"name": "SGD", "surface": "stochastic gradient descent"}, "SGD"),
        ({"name": "NVIDIA Quadro", "surface": "Quadro P4000"}, "NVIDIA Quadro (Quadro P4000)"),
        ({"name": "resizing", "surface": "resized to 512"}, "resizing (resized to 512)"),
        ({"name": "GTX 1080", "surface": "GTX 1080"}, "GTX 1080"),
        ({"name": "SGD", "surface": None}, "SGD"),
        ({"name": "momentum", "value": "0.9", "unit": None, "surface": "momentum"}, "momentum 0.9"),
        ({"name": "epochs", "value": "150", "unit": "epochs"}, "epochs 150"),
        ({"name": "memory", "value": "16", "unit": "GB"}, "memory 16 GB"),
        ({"url": "https://example.org/a", "host": "example.org"}, "https://example.org/a"),
        ("yes", "yes"),
    ],
)
def test_an_item_reads_in_one_line(item: object, text: str) -> None:
    assert item_text(item) == text
