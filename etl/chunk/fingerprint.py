"""
The fingerprint of the chunker.

Version:  CHUNKER_VERSION; raise it with every change that can cut a document differently.
"""

from etl.keys import content_key, fingerprint_sha256
from etl.llm.suspicion import SUSPICION_VERSION
from etl.records.recipe import Fingerprint

__all__ = ["CHUNKER_VERSION", "chunker_fingerprint"]

CHUNKER_VERSION = "sentence-pack/2"


def chunker_fingerprint(max_tokens: int, tokenizer_name: str) -> Fingerprint:
    """
    Name everything that can change where a document is cut.

    Args:
        max_tokens: Budget of a chunk with its prefix and special tokens.
        tokenizer_name: Whose tokens are counted; ``space.fingerprint.recipe["tokenizer"]`` of
            an embedder.

    Returns:
        A fingerprint of stage ``chunk``.
    """
    recipe = {
        "chunker": CHUNKER_VERSION,
        "max_tokens": max_tokens,
        "tokenizer": tokenizer_name,
        "suspicion": SUSPICION_VERSION,
    }
    sha256 = fingerprint_sha256(recipe)
    return Fingerprint(
        fingerprint_id=content_key("chunk", sha256),
        stage="chunk",
        name=CHUNKER_VERSION,
        sha256=sha256,
        recipe=recipe,
    )
