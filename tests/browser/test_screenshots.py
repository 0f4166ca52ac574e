"""The script behind the pictures of the operator's guide still takes them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docs.take_screenshots import WIDTH

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.store,
    pytest.mark.airflow,
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.timeout(300),
]


def test_one_picture_is_taken_of_a_night_over_the_samples(
    chromium: Any,  # noqa: ARG001 - skips where there is none
    tmp_path: Path,
) -> None:
    finished = subprocess.run(
        [
            *(sys.executable, str(REPOSITORY / "docs" / "take_screenshots.py")),
            *("--only", "answer", "--out", str(tmp_path / "images")),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["answer.png"]
    with Image.open(tmp_path / "images" / "answer.png") as picture:
        assert (picture.format, picture.width) == ("PNG", WIDTH)
        dots = picture.convert("RGB").getcolors(maxcolors=256)
    assert dots is not None
    assert len(dots) > 20
    marked = sum(count for count, (red, green, blue) in dots if min(red, green) > 240 > 2 * blue)
    assert marked > 500, "the sentence is marked in yellow"
