"""
The role of each sentence's section, as far as it can be trusted.

Reads:    a document
Writes:   nothing
Gives up: never
Version:  part of GUARD_VERSION
Next:     the candidates of both answerers that read
"""

from etl.records.document import Document, Sentence

__all__ = ["section_kind_of"]

#: Where a paper says what it did; without any of them its headings were not told apart.
_OWN_KINDS = frozenset({"methods", "results"})


def section_kind_of(document: Document, sentence: Sentence) -> str:
    """
    The kind of the section a sentence stands in.

    An introduction tells of others only where the paper has sections that tell of itself: a text
    whose first heading is its only one would be all introduction. It counts as ``other`` then.
    """
    kind = document.sections[document.blocks[sentence.block_index].section_index].kind
    if kind == "introduction" and not any(s.kind in _OWN_KINDS for s in document.sections):
        return "other"
    return kind
