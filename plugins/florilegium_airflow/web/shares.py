"""Counts of states as the parts of one bar."""

from collections import Counter
from typing import Any

from florilegium_airflow.web.inputs import State
from florilegium_airflow.web.layout import words

__all__ = ["shares_of"]


def shares_of(counter: Counter[str]) -> dict[str, Any]:
    """
    Turn counts into parts of a bar.

    Args:
        counter: How many cells are in each state.

    Returns:
        ``total``; ``share`` answered, 0..1, or None for no cell; ``parts`` as triples (state,
        left, width) in hundredths of the bar; and the same in ``words``.
    """
    total = sum(counter.values())
    parts = []
    left = 0.0
    for state in State:
        share = counter[state] / total if total else 0.0
        if share:
            parts.append((state.value, round(100 * left, 2), round(100 * share, 2)))
        left += share
    told = ", ".join(f"{counter[state]} {words(state)}" for state in State if counter[state])
    return {
        "total": total,
        "share": counter[State.ANSWERED] / total if total else None,
        "parts": parts,
        "words": told or "no answer yet",
    }
