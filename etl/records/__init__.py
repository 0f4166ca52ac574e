"""Frozen dataclasses that cross stage borders, one module a border."""
