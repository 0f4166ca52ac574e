"""
What makes a retrieval what it is, as a recipe for fingerprints.

Reads:    the settings of retrieval
Writes:   nothing
Gives up: never
Version:  the versions named in the recipe
Next:     the fingerprint of every answerer
"""

from typing import Any

from etl.retrieve.fusion import FUSION_VERSION
from etl.retrieve.query import QUERY_VERSION
from etl.settings import RetrieveSettings

__all__ = ["retriever_recipe"]


def retriever_recipe(settings: RetrieveSettings) -> dict[str, Any]:
    """
    Everything of retrieval that can change an answer.

    Returns:
        A JSON-serialisable dict; equal settings give an equal dict.
    """
    return {
        "fusion": FUSION_VERSION,
        "query": QUERY_VERSION,
        "passages_per_question": settings.passages_per_question,
        "rrf_constant": settings.rrf_constant,
    }
