"""
What Airflow loads from this folder: one class that tells our name.

DAGs import ``florilegium_airflow`` as an ordinary package. ``.airflowignore`` hides that package
from the plugin loader, which would otherwise execute each of its files a second time under its
bare file stem (a ``pools.py`` would become the process-wide module ``pools``).
"""

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from florilegium_airflow import run_notes

__all__ = ["FlorilegiumPlugin"]


class FlorilegiumPlugin(AirflowPlugin):
    """Names the project in Airflow's plugin list, and writes notes on its runs."""

    name = "florilegium"
    listeners: ClassVar = [run_notes]
