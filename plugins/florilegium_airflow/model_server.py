"""
A language model's server as setup and teardown around the batches that ask it.

Without ``FLORILEGIUM_LLM__SERVER_COMMAND`` both do nothing: there is no model, or its server is a
permanent one. With it the server is up only while there is something to ask, and it is stopped
whatever became of the batches. Both tasks run on the machine of the server.
"""

from datetime import timedelta
from typing import Any

import structlog
from airflow.sdk import BaseOperator
from airflow.sdk.definitions.context import Context
from airflow.sdk.definitions.mappedoperator import MappedOperator

from florilegium_airflow.outcomes import translated
from florilegium_airflow.queues import STAGE_QUEUES
from florilegium_airflow.wiring import load_model_server, load_night

__all__ = ["StartModelOperator", "StopModelOperator", "serve_model"]


class StartModelOperator(BaseOperator):
    """Start the server, or take hold of one that another run has started."""

    ui_color = "#f9ecd9"

    def __init__(self, *, task_id: str = "start_model", **kwargs: Any) -> None:
        # As long as a large model may take to load, and its tries.
        limit = timedelta(minutes=30)
        told = kwargs | {"execution_timeout": limit, "queue": STAGE_QUEUES["answer"]}
        super().__init__(task_id=task_id, **told)

    def execute(self, context: Context) -> str:
        """Return what was done: ``none``, ``not needed``, ``started``, ``shared`` or ``found``."""
        with translated():
            server = load_model_server()
            if not server.is_configured:
                return "none"
            if not load_night().asks_models():
                return "not needed"
            return server.start(_holder(context))


class StopModelOperator(BaseOperator):
    """Give the server back; the last run to do so stops it."""

    ui_color = "#f9ecd9"

    def __init__(self, *, task_id: str = "stop_model", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **(kwargs | {"queue": STAGE_QUEUES["answer"]}))

    def execute(self, context: Context) -> str:
        """Return what was done: ``none``, ``stopped`` or ``shared``."""
        with translated():
            server = load_model_server()
            done = server.stop(_holder(context)) if server.is_configured else "none"
        structlog.get_logger().info("answer.model_stopped", done=done)
        return done


def serve_model(planned: BaseOperator, answered: MappedOperator) -> None:
    """
    Put the server around the batches of the answer stage.

    Args:
        planned: Plans the stage; the server is started after it.
        answered: The batches.
    """
    started, stopped = StartModelOperator(), StopModelOperator()
    planned >> started >> answered >> stopped
    stopped.as_teardown(setups=started)


def _holder(context: Context) -> str:
    dag_run = context["dag_run"]
    return f"{dag_run.dag_id}/{dag_run.run_id}"
