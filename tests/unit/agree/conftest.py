"""How many corpora the coverage of intervals is simulated with."""

import pytest

#: In every test run; more by ``pytest tests/unit/agree --coverage-rounds 10000``.
_ROUNDS = 1000


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--coverage-rounds",
        type=int,
        default=_ROUNDS,
        help="how many simulated corpora the coverage of intervals is counted over",
    )


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> int:
    """Simulated corpora per design; the default where the option was not registered."""
    return int(request.config.getoption("--coverage-rounds", _ROUNDS))
