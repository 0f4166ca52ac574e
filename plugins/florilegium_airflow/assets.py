"""
The assets that chain the DAGs of a night; each names what one stage has made complete.

The DAG scheduled on an asset joins the run that its event names; see ``night_events``.
"""

from airflow.sdk import Asset

__all__ = ["BALLOTS", "DOCUMENTS", "EMBEDDINGS", "FULL_TEXTS", "RELEASE"]

#: Emitted by ``fetch_papers``: every paper found has its bytes stored, or an outcome.
FULL_TEXTS = Asset(name="full_texts", uri="florilegium://core/full_text", group="florilegium")
#: Emitted by ``parse_papers``: every full text has a document, or an outcome.
DOCUMENTS = Asset(name="documents", uri="florilegium://core/document", group="florilegium")
#: Emitted by ``embed_chunks``: every readable document can be searched.
EMBEDDINGS = Asset(name="embeddings", uri="florilegium://core/embedding", group="florilegium")
#: Emitted by ``answer_questions``: every cell has its ballots.
BALLOTS = Asset(name="ballots", uri="florilegium://core/ballot", group="florilegium")
#: Emitted when analysts see a new release; ``review_disputed`` asks for a sign-off then.
RELEASE = Asset(name="release", uri="florilegium://out/release", group="florilegium")
