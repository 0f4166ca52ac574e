"""Embed: one vector a chunk, in a space that names everything that can change it."""
