"""
What makes a retrieval what it is, as a recipe for fingerprints.

Reads:    the settings of retrieval
Writes:   nothing
Gives up: never
Version:  the versions named in the recipe
Next:     the fingerprint of every answerer
"""

from typing import Any

from etl.ports import Reranker
from etl.retrieve.fusion import FUSION_VERSION
from etl.retrieve.memory_index import LEXICAL_VERSION
from etl.retrieve.query import QUERY_VERSION
from etl.retrieve.rerank import RERANK_VERSION
from etl.settings import RetrieveSettings

__all__ = ["retriever_recipe"]


def retriever_recipe(
    settings: RetrieveSettings, reranker: Reranker | None = None
) -> dict[str, Any]:
    """
    Everything of retrieval that can change an answer.

    Args:
        settings: Sizes and constants.
        reranker: Who reorders what the fusion found; None leaves its order.

    Returns:
        A JSON-serialisable dict; equal settings give an equal dict.
    """
    recipe: dict[str, Any] = {
        "fusion": FUSION_VERSION,
        "query": QUERY_VERSION,
        "words": LEXICAL_VERSION,
        "passages_per_question": settings.passages_per_question,
        "rrf_constant": settings.rrf_constant,
    }
    if reranker is not None:
        # Absent without one, so that nobody's cells change who has none.
        recipe["reranker"] = {
            **reranker.recipe,
            "rerank": RERANK_VERSION,
            "depth": settings.reranked_passages,
        }
    return recipe
