"""
The one door from Airflow to the library.

Imports stay inside the functions: a DAG file that is parsed must load neither settings nor the
library, and a task loads them only when it works.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from etl.night.night import Night
    from etl.night.upkeep import Upkeep
    from etl.settings import Settings
    from etl.stack.model_server import ModelServer
    from etl.store.sign_off import SignOffStore

__all__ = [
    "clean_airflow_database",
    "load_library_settings",
    "load_model_server",
    "load_night",
    "load_sign_offs",
    "load_upkeep",
]


@cache
def load_library_settings() -> "Settings":
    """The library's settings, with what Airflow's connections say; read once a process."""
    from etl.settings import load_settings  # noqa: PLC0415
    from florilegium_airflow.hooks import with_connections  # noqa: PLC0415

    return with_connections(load_settings())


def load_night() -> "Night":
    """Build the night with this process's settings; opens no connection before its first use."""
    from etl.wiring import build_night  # noqa: PLC0415

    return build_night(load_library_settings())


def load_upkeep() -> "Upkeep":
    """Build the weekly round."""
    from etl.wiring import build_upkeep  # noqa: PLC0415

    return build_upkeep(load_library_settings())


def load_sign_offs() -> "SignOffStore":
    """Verdicts on releases."""
    from etl.wiring import build_sign_offs  # noqa: PLC0415

    return build_sign_offs(load_library_settings())


def clean_airflow_database() -> bool:
    """Delete old runs from Airflow's own database; False where its address is not set."""
    from etl.stack.airflow_setup import clean_airflow  # noqa: PLC0415
    from etl.stack.environment import inherited_environment  # noqa: PLC0415
    from etl.stack.paths import StackPaths  # noqa: PLC0415

    return clean_airflow(load_library_settings(), inherited_environment(), StackPaths(Path.cwd()))


def load_model_server() -> "ModelServer":
    """The server of a language model that the settings may have started for each night."""
    from etl.stack.model_server import ModelServer  # noqa: PLC0415
    from etl.stack.paths import StackPaths  # noqa: PLC0415

    return ModelServer(StackPaths(Path.cwd()), load_library_settings().llm)
