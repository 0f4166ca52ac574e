"""A tiny night over an empty database, with the tiny catalogue loaded."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.tiny_night import TinyNight


@pytest.fixture
def tiny(fresh: Any, tmp_path: Path) -> TinyNight:
    made = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    made.load()
    return made
