"""Tests of form that several steps share: running text, body style, share of stop words."""

import re

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.quality_gate import ENGLISH_STOPWORDS

__all__ = ["is_body_style", "is_prose", "stop_share", "style_key"]

_WORD = re.compile(r"[^\W\d_]+")


def style_key(block: TextBlock) -> tuple[str, float]:
    """Font and size: names of embedded fonts may be scrambled, their identity is not."""
    style = block.style
    return style.font, style.size


def stop_share(text: str) -> float:
    """Share of English stop words among the words."""
    words = [word.lower() for word in _WORD.findall(text)]
    return sum(word in ENGLISH_STOPWORDS for word in words) / len(words) if words else 0.0


def is_body_style(block: TextBlock, layout: Layout) -> bool:
    """True where most of a block is set as most of the paper is."""
    style = block.style
    return style.font == layout.body_font and abs(style.size - layout.body_size) <= 0.4


def is_prose(block: TextBlock, layout: Layout) -> bool:
    """
    True for running text: about body size, some stop words, lines that fill the column.

    A paragraph has 0.2 to 0.5 stop words; half of the lowest is asked for.
    """
    text = block.text
    words = len(text.split())
    if words < 8 or abs(block.style.size - layout.body_size) > 1.1:
        return False
    return stop_share(text) >= 0.1
