"""
What Airflow loads from this folder: one class that tells our name and our pages.

DAGs import ``florilegium_airflow`` as an ordinary package. ``.airflowignore`` hides that package
from the plugin loader, which would otherwise execute each of its files a second time under its
bare file stem (a ``pools.py`` would become the process-wide module ``pools``).

Every process of Airflow loads this file, each task too, so nothing is imported here but Airflow's
own base class, the listener that writes notes on runs, and a stand-in that builds the pages when
the API server is first asked for one.
"""

from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from florilegium_airflow import run_notes
from florilegium_airflow.web.lazy import LazyApp

if TYPE_CHECKING:
    from florilegium_airflow.web.lazy import AsgiApp

__all__ = ["FlorilegiumPlugin"]

_PREFIX = "/florilegium"


def _pages() -> "AsgiApp":
    from florilegium_airflow.web.app import open_app  # noqa: PLC0415 - see above

    return open_app()


def _view(name: str, page: str, **more: str) -> dict[str, Any]:
    return {
        "name": name,
        "href": f"{_PREFIX}/{page}",
        "url_route": f"florilegium-{name.lower()}",
        "icon": f"{_PREFIX}/icon.svg",
        **more,
    }


class FlorilegiumPlugin(AirflowPlugin):
    """Serves the pages below ``/florilegium``, shows them in the navigation, notes on runs."""

    name = "florilegium"
    listeners: list[Any] = [run_notes]  # noqa: RUF012 - as Airflow declares it
    fastapi_apps: list[dict[str, Any]] = [  # noqa: RUF012 - as Airflow declares it
        {"app": LazyApp(_pages), "url_prefix": _PREFIX, "name": "Florilegium"}
    ]
    external_views: list[dict[str, Any]] = [  # noqa: RUF012
        _view("Matrix", "matrix", destination="nav", category="browse"),
        _view("Questions", "questions", destination="nav", category="browse"),
        _view("Review", "review", destination="nav", category="browse"),
        _view("Runs", "runs", destination="nav", category="browse"),
        _view("Night", "dag_run?dag={DAG_ID}&run={RUN_ID}", destination="dag_run"),
    ]
