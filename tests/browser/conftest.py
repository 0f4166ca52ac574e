"""A headless Chromium; tests are skipped where there is none, but not in continuous integration."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# The pages' own doors: one Airflow home and one way in for both folders.
from tests.web.conftest import airflow_home, open_door

__all__ = ["airflow_home", "chromium", "open_door", "shots"]

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """
    A started browser; each test opens contexts of its own.

    Playwright keeps an event loop running in this thread, beside which nothing else may run one:
    so it ends with the module and not with the session.
    """
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no {CHROMIUM}: continuous integration must look at the pages")
        pytest.skip(f"no {CHROMIUM}: install Debian's chromium to look at the pages")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go; FLORILEGIUM_SHOTS names a folder to keep them in."""
    kept = os.environ.get("FLORILEGIUM_SHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
