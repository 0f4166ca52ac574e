"""A database a module, and a night where a test needs one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl.store.database import Database
from tests.fakes.tiny_night import TinyNight


@pytest.fixture(scope="module")
def shared(clone: Callable[[], Any]) -> Any:
    """One database for all tests of a module; each works under keys of its own."""
    return clone()


@pytest.fixture(scope="module")
def database(shared: Any) -> Database:
    opened: Database = shared.open()
    return opened


@pytest.fixture
def tiny(fresh: Any, tmp_path: Path) -> TinyNight:
    made = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    made.load()
    return made
