"""The one real vLLM server of a session: starting it takes a minute."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standins.real_vllm import RealVllm

PYTHON = os.environ.get("VLLM_PYTHON")  # chooses the server, as make test-vllm says


@pytest.fixture(scope="session")
def real_vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealVllm]:
    """A tiny random model behind vLLM; skips where no environment has it."""
    if PYTHON is None:
        pytest.skip("no VLLM_PYTHON; make test-vllm makes one")
    with RealVllm(Path(PYTHON).absolute(), tmp_path_factory.mktemp("vllm")) as server:
        yield server
