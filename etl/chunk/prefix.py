"""
The line before a chunk's text that says where it stands: ``Title | Methods > Images``.

It is embedded with the text and never shown as evidence.
"""

from collections.abc import Mapping

from etl.records.document import Document, Section

__all__ = ["embedded_text", "fit_prefixes", "prefix_candidates"]

#: The text of a chunk is what answers a question; its place may take a third of the budget.
_MAX_SHARE = 1 / 3


def embedded_text(prefix: str, text: str) -> str:
    """Join prefix and text in the form that is counted here and embedded later."""
    return f"{prefix}\n{text}" if prefix else text


def prefix_candidates(title: str, section: Section) -> list[str]:
    """
    Return the prefixes a section can have, the fullest first, the empty one last.

    The title goes before the path does: it is the same for all chunks of a paper, so within
    the paper it tells nothing apart.
    """
    tidy_title = " ".join(title.split())
    steps = [" ".join(step.split()) for step in section.path]
    path, own = " > ".join(steps), steps[-1] if steps else ""
    candidates = [
        _join(tidy_title, path),
        _join(tidy_title, own),
        path,
        own,
        tidy_title,
        "",
    ]
    return list(dict.fromkeys(candidates))


def fit_prefixes(
    document: Document, cost_of: Mapping[str, int], *, max_tokens: int
) -> dict[int, str]:
    """
    Choose the fullest prefix of each section that leaves two thirds of the budget to the text.

    Args:
        document: Title and sections.
        cost_of: Tokens of every candidate, special tokens not counted.
        max_tokens: Budget of a chunk.

    Returns:
        Section index → prefix; the empty one where even the section's own title is too long.
    """
    limit = int(max_tokens * _MAX_SHARE)
    return {
        section.section_index: next(
            candidate
            for candidate in prefix_candidates(document.title, section)
            if not candidate or cost_of[candidate] <= limit
        )
        for section in document.sections
    }


def _join(title: str, path: str) -> str:
    return " | ".join(part for part in (title, path) if part)
