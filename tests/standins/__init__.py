"""Servers that stand in for real ones in contract tests; see each module for what it is not."""
