"""The context hash under the stage's name; answerers take it from :mod:`etl.context`."""

from etl.context import context_sha256

__all__ = ["context_sha256"]
