"""
Which tables a stage reads and writes, as OpenLineage names them.

A collector is told ``postgres://host:port`` and ``florilegium.core.ballot`` when a task ends well
(set ``AIRFLOW__OPENLINEAGE__TRANSPORT``); without one nothing of this is loaded.
"""

from typing import Any
from urllib.parse import urlsplit

from florilegium_airflow.wiring import load_library_settings

__all__ = ["TABLES", "lineage_of"]

#: Stage → tables of facts it reads, and those it writes.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fetch": (
        (),
        (
            "core.work",
            "core.full_text",
            "core.location",
            "core.identifier",
            "core.rights",
        ),
    ),
    "parse": (
        ("core.full_text",),
        (
            "core.document",
            "core.page",
            "core.section",
            "core.block",
            "core.sentence",
            "core.bibliography_entry",
            "core.citation_span",
            "core.link",
        ),
    ),
    "embed": (
        ("core.document", "core.block", "core.sentence"),
        ("core.chunk_set", "core.chunk", "core.chunk_words", "core.embedding"),
    ),
    "answer": (
        (
            "core.document",
            "core.chunk",
            "core.chunk_words",
            "core.embedding",
            "core.question_version",
        ),
        ("core.question_vector", "core.ballot", "core.passage", "core.evidence", "core.generation"),
    ),
    "decide": (
        ("core.ballot", "core.evidence", "core.question_version"),
        ("core.decision", "core.decision_support"),
    ),
    "publish": (("core.decision",), ("core.release", "core.release_state")),
}


def lineage_of(stage: str) -> Any:
    """
    What a task of a stage tells the collector.

    Returns:
        An ``OperatorLineage``.
    """
    from airflow.providers.common.compat.openlineage.facet import Dataset  # noqa: PLC0415
    from airflow.providers.openlineage.extractors import OperatorLineage  # noqa: PLC0415

    address = urlsplit(load_library_settings().database.url)
    namespace = f"postgres://{address.hostname}:{address.port or 5432}"
    database = address.path.lstrip("/")
    read, written = (
        [Dataset(namespace=namespace, name=f"{database}.{table}") for table in tables]
        for tables in TABLES[stage]
    )
    return OperatorLineage(inputs=read, outputs=written)
