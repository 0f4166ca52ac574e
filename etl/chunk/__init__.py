"""Chunk: whole sentences of one section, packed to the embedder's token budget."""
