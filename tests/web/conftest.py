"""The pages over a small real night, behind Airflow's own auth manager."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow_home import airflow_in_force

from tests.web.pages_night import PagesNight, fill

ORIGIN = "http://pages.test"
ROLES = ("viewer", "user", "op", "admin")


@pytest.fixture(scope="module")
def airflow_home() -> Iterator[Path]:
    """An Airflow with an empty metadata database, in force for a module's tests only."""
    with airflow_in_force() as home:
        yield home


@pytest.fixture(scope="session")
def night(clone: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> PagesNight:
    """Two releases over a PDF, a JATS file, texts, and a file that cannot be read."""
    return fill(clone(), tmp_path_factory.mktemp("pages"))


@dataclass(frozen=True, kw_only=True)
class Door:
    """The mounted pages, and tokens for each role."""

    app: Any
    pages: Any
    tokens: dict[str, str]

    def __call__(self, role: str | None = "viewer", *, by: str = "cookie") -> Any:
        """A client that is signed in as a role; None for nobody."""
        from fastapi.testclient import TestClient

        client = TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=False)
        if role is not None and by == "cookie":
            client.cookies.set("_token", self.tokens[role])
        elif role is not None:
            client.headers["authorization"] = f"Bearer {self.tokens[role]}"
        return client


def _open_door(room: Any) -> Door:
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi import FastAPI

    from florilegium_airflow.web.app import build_app

    manager: Any = init_auth_manager()
    pages = build_app(room)
    outer = FastAPI()
    outer.mount("/florilegium", pages)
    tokens = {
        role: manager.generate_jwt(SimpleAuthManagerUser(username=role, role=role.upper()))
        for role in ROLES
    }
    return Door(app=outer, pages=pages, tokens=tokens)


@pytest.fixture(scope="module")
def open_door(airflow_home: Path) -> Callable[[Any], Door]:  # noqa: ARG001 - sets the environment
    """Make a door to a room of one's own."""
    return _open_door


@pytest.fixture(scope="module")
def door(airflow_home: Path, night: PagesNight) -> Door:  # noqa: ARG001 - sets the environment
    """The pages over the small night."""
    from florilegium_airflow.web.room import ReadingRoom

    return _open_door(ReadingRoom(settings=night.settings))
