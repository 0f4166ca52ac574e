"""
The connections that an Airflow of ours offers in its forms; found by the entry point
``apache_airflow_provider``.

Only descriptions: what a connection does is in ``plugins/florilegium_airflow/hooks.py``. Secrets
have the field that Airflow encrypts and masks, the password; no field of ours holds one.
"""

from importlib.metadata import version
from typing import Any

__all__ = ["get_provider_info"]

_HOOKS = "florilegium_airflow.hooks"


def get_provider_info() -> dict[str, Any]:
    """What Airflow reads about this package, in the form of its ``provider_info.schema.json``."""
    return {
        "package-name": "florilegium",
        "name": "Florilegium",
        "description": "One catalogue of questions, asked of every paper, every night.",
        "versions": [version("florilegium")],
        "connection-types": [
            _type(
                "florilegium_db",
                "FlorilegiumDatabaseHook",
                "Florilegium database",
                hidden=("extra",),
                labels={"schema": "Database", "login": "Writer role"},
                hints={
                    "host": "127.0.0.1",
                    "port": "5432",
                    "schema": "florilegium",
                    "login": "florilegium_writer",
                },
            ),
            _type(
                "florilegium_grobid",
                "GrobidHook",
                "Florilegium GROBID server",
                hidden=("login", "password", "port", "schema", "extra"),
                labels={"host": "Address"},
                hints={"host": "http://127.0.0.1:8070"},
            ),
            _type(
                "florilegium_llm",
                "LanguageModelHook",
                "Florilegium language model",
                hidden=("login", "port", "schema", "extra"),
                labels={"host": "Address", "password": "API key"},
                hints={"host": "http://127.0.0.1:8000"},
                fields={
                    "model": {
                        "label": "Model",
                        "description": "Its name there; empty: the first the server lists.",
                        "schema": {"type": ["string", "null"]},
                    }
                },
            ),
            _type(
                "florilegium_sources",
                "SourcesHook",
                "Florilegium sources of papers",
                hidden=("host", "port", "schema", "extra"),
                labels={"login": "Contact (mail address)", "password": "OpenAlex API key"},
                hints={"login": "you@example.org"},
            ),
        ],
    }


def _type(
    name: str,
    hook: str,
    title: str,
    *,
    hidden: tuple[str, ...],
    labels: dict[str, str],
    hints: dict[str, str],
    fields: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "connection-type": name,
        "hook-class-name": f"{_HOOKS}.{hook}",
        "hook-name": title,
        "conn-fields": fields or {},
        "ui-field-behaviour": {
            "hidden-fields": list(hidden),
            "relabeling": labels,
            "placeholders": hints,
        },
    }
