"""
Embed the chunks of one document.

Reads:    a chunk set
Writes:   core.embedding, through the store
Gives up when: a vector is NaN, Inf or zero (EmbedError)
Version:  the embedder's space, part of every vector's key
Next:     retrieve
"""

from etl.ports import Embedder
from etl.records import Chunk, ChunkSet, EmbeddedChunks

__all__ = ["embed_chunks"]


def embed_chunks(chunk_set: ChunkSet, embedder: Embedder) -> EmbeddedChunks:
    """
    Give every chunk its vector.

    Args:
        chunk_set: Chunks of one document, in the order of their index.
        embedder: Any; the vectors carry its space.

    Returns:
        ``(n_chunks, dim)`` float32, row i for chunk i.

    Raises:
        EmbedError: A vector is NaN, Inf or zero; names the row.
    """
    return EmbeddedChunks(
        chunk_set_id=chunk_set.chunk_set_id,
        space_id=embedder.space.space_id,
        vectors=embedder.embed([_embedded_text(chunk) for chunk in chunk_set.chunks]),
    )


def _embedded_text(chunk: Chunk) -> str:
    """Join prefix and text in the form whose tokens the chunker counted."""
    return f"{chunk.prefix}\n{chunk.text}" if chunk.prefix else chunk.text
