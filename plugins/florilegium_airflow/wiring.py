"""
The one door from Airflow to the library.

Imports stay inside the functions: a DAG file that is parsed must load neither settings nor the
library, and a task loads them only when it works.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from etl.night.night import Night
    from etl.settings import Settings
    from etl.stack.model_server import ModelServer

__all__ = ["load_library_settings", "load_model_server", "load_night"]


def load_library_settings() -> "Settings":
    """The library's settings as this process sees them; read once a process."""
    from etl.settings import load_settings  # noqa: PLC0415

    return load_settings()


def load_night() -> "Night":
    """Build the night with this process's settings; opens no connection before its first use."""
    from etl.wiring import build_night  # noqa: PLC0415

    return build_night(load_library_settings())


def load_model_server() -> "ModelServer":
    """The server of a language model that the settings may have started for each night."""
    from etl.stack.model_server import ModelServer  # noqa: PLC0415
    from etl.stack.paths import StackPaths  # noqa: PLC0415

    return ModelServer(StackPaths(Path.cwd()), load_library_settings().llm)
