"""Where papers are announced: one module a source, each turns answers into offers."""
