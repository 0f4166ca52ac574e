"""Servers of language models: stand-ins by the test, one real vLLM a session (a minute each)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.model_voter import voter
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.real_vllm import RealVllm
from tests.standins.vllm import StandInVllm

PYTHON = os.environ.get("VLLM_PYTHON")  # chooses the server, as make test-vllm says


@pytest.fixture(scope="session")
def real_vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealVllm]:
    """A tiny random model behind vLLM; skips where no environment has it."""
    if PYTHON is None:
        pytest.skip("no VLLM_PYTHON; make test-vllm makes one")
    with RealVllm(Path(PYTHON).absolute(), tmp_path_factory.mktemp("vllm")) as server:
        yield server


@pytest.fixture
def server() -> Iterator[StandInVllm]:
    """A stand-in of its own."""
    with StandInVllm() as made:
        yield made


@pytest.fixture
def night(fresh: Any, tmp_path: Path, server: StandInVllm, papers: Path) -> TinyNight:
    """Two papers and three questions for the model of that server."""
    for number in range(2):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    made = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    made.answerers = {"llm:stand-in": voter(server)}
    made.load()
    return made
