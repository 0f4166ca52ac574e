"""Stage agree: what others said of the papers, how far it agrees, and what may be counted."""
