"""Take papers from where they are, once, and keep their bytes under their hash."""
