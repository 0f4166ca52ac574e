"""
Telling people that a night failed or is late, by the connections an installation has.

=====================  ==============  ========================================================
connection             type            what is needed
=====================  ==============  ========================================================
``florilegium_mail``   smtp            ``to`` in its extra fields, one address or several
``florilegium_slack``  slackwebhook    the webhook's secret as its password
=====================  ==============  ========================================================

Where there is neither, nobody is told, and that is fine. An alert holds names of DAGs and runs
only: no text of a paper, no error message, nothing that Jinja or HTML would read.
"""

import asyncio
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import structlog
from airflow.sdk import BaseNotifier, Connection
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException

__all__ = ["MAIL", "SLACK", "tell_failed", "tell_late"]

MAIL = "florilegium_mail"
SLACK = "florilegium_slack"


def tell_failed(context: Mapping[str, Any]) -> None:
    """Called by the DAG processor when a run of a DAG has failed."""
    run = context["dag_run"]
    _tell(f"{run.dag_id} failed", run.dag_id, run.run_id)


async def tell_late(context: Mapping[str, Any]) -> None:
    """Called by the triggerer when a run of a DAG is not over by its deadline."""
    run = context["dag_run"]
    # Its sender waits for networks; the triggerer's loop must not.
    await asyncio.to_thread(_tell, f"{run['dag_id']} is late", run["dag_id"], run["dag_run_id"])


def _tell(what: str, dag_id: str, run_id: str) -> None:
    base = conf.get("api", "base_url", fallback="").rstrip("/")
    link = f"{base}/dags/{quote(dag_id)}/runs/{quote(run_id)}"
    text = (
        f"Florilegium: {what}. {link}\n"
        "`florilegium status` says what failed and what to do; what was done is kept, and the "
        "next night goes on from there."
    )
    log = structlog.get_logger()
    log.warning("alert.sent", what=what, dag_run=run_id)
    for notifier in _notifiers(f"Florilegium: {what}", text):
        try:
            # Not by calling it: that would render the text as a template first.
            notifier.notify({})
        except Exception as error:  # noqa: BLE001 - one way that is closed must not close the other
            # The kind only: an error's words may hold an address with its secret.
            reason = type(error).__name__
            log.error("alert.not_sent", by=type(notifier).__name__, reason=reason)  # noqa: TRY400


def _notifiers(subject: str, text: str) -> Iterator[BaseNotifier]:
    mail = _connection(MAIL)
    if mail is not None:
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier  # noqa: PLC0415

        to = mail.extra_dejson.get("to") or mail.extra_dejson.get("from_email") or []
        body = f"<pre>{escape(text)}</pre>"
        yield SmtpNotifier(to=to, subject=subject, html_content=body, smtp_conn_id=MAIL)
    if _connection(SLACK) is not None:
        from airflow.providers.slack.notifications.slack_webhook import (  # noqa: PLC0415
            SlackWebhookNotifier,
        )

        yield SlackWebhookNotifier(slack_webhook_conn_id=SLACK, text=text, unfurl_links=False)


def _connection(name: str) -> Connection | None:
    try:
        return Connection.get(name)  # type: ignore[no-any-return]
    except AirflowNotFoundException:
        return None
