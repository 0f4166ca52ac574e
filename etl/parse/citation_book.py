"""Keep the citations of a paper until its reference list is known."""

from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from etl.parse.citation_marks import CLOSE, OPEN, lift_marks
from etl.parse.draft import Draft, DraftBlock

__all__ = ["CitationBook", "marked_pieces"]


class CitationBook:
    """
    The citations of one draft, and the entries they may point to.

    Args:
        draft: Gets the spans when the book is closed.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        #: Block, span in it and the ids it points to, of every citation.
        self._cited: list[tuple[DraftBlock, int, int, tuple[str, ...]]] = []
        #: Id of an element of the reference list to the entry it became.
        self._entries: dict[str, int] = {}

    def cite(self, block: DraftBlock | None, ids: Sequence[tuple[str, ...]]) -> None:
        """
        Lift the marks of citations out of a new block and keep their places.

        Args:
            block: Just added; removed again where nothing but marks was in it.
            ids: Of each marked citation in order, what it points to.
        """
        if block is None or not ids:
            return
        block.text, spans = lift_marks(block.text)
        if not block.text:
            self._draft.blocks.remove(block)
        elif len(spans) == len(ids):
            places = zip(spans, ids, strict=True)
            self._cited += [(block, *span, named) for span, named in places if span[0] < span[1]]

    def name_entry(self, name: str | None, entry: int) -> None:
        """Keep the id under which an entry, counted from 0, is cited; the first one stays."""
        if name:
            self._entries.setdefault(name, entry)

    def close(self) -> None:
        """Write all spans into the draft, in reading order; one for each entry cited."""
        numbers = {id(block): index for index, block in enumerate(self._draft.blocks)}
        spans = [
            (numbers[id(block)], start, end, self._entries.get(name))
            for block, start, end, ids in self._cited
            for name in ids or ("",)
        ]
        self._draft.citations = sorted(spans, key=lambda span: span[:2])


def marked_pieces(
    element: etree._Element,
    cited_ids: Callable[[etree._Element], tuple[str, ...] | None],
    targets: list[tuple[str, ...]],
) -> Iterator[str]:
    """
    All text below an element piece by piece, its citations between two marks.

    Args:
        element: Anything with text.
        cited_ids: Ids of the entries that an element cites; None where it is no citation.
        targets: Takes the ids of each citation, in order.
    """
    yield element.text or ""
    for child in element:
        ids = cited_ids(child)
        if ids is None:
            yield from marked_pieces(child, cited_ids, targets)
        else:
            targets.append(ids)
            yield OPEN
            yield from marked_pieces(child, cited_ids, targets)
            yield CLOSE
        yield child.tail or ""
