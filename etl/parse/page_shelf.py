"""
Page images on the local disk, under a key of all that makes them.

Reads:    a PDF's bytes, through whoever holds them
Writes:   ``ab/abcd….png``; under a temporary name first, so a crash leaves no half file
Gives up: as the parser child does
Version:  the key holds the bytes' hash, the page, the boxes and the way of drawing
Next:     the page that a person looks at
"""

import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from etl.keys import fingerprint_sha256
from etl.parse.page_image import render_page
from etl.records.document import Region
from etl.settings import ParseSettings

__all__ = ["PageShelf"]

#: Part of the key: raise it when pages are drawn in another way.
_DRAWING = 1
#: Pages drawn at once by one process; a page takes a core for a quarter of a second.
_DRAWERS = 2
#: Images between two looks at how much room all of them take.
_SWEEP_EVERY = 50


class PageShelf:
    """
    Draws each page once.

    Args:
        folder: Made where it is missing; nothing else may live in it.
        max_bytes: Room for all images; the least recently drawn make way.
        settings: Limits of the child that draws.
    """

    def __init__(self, folder: Path, *, max_bytes: int, settings: ParseSettings) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._settings = settings
        self._drawers = threading.BoundedSemaphore(_DRAWERS)
        self._drawn = 0

    def image(
        self, sha256: str, page: int, regions: Sequence[Region], content: Callable[[], bytes]
    ) -> Path:
        """
        Find a page's image, or draw it.

        Args:
            sha256: Hash of the PDF.
            page: 1-based.
            regions: Marked as by a highlighter; those of other pages are left out.
            content: Gives the PDF; called only where the page has to be drawn.

        Returns:
            A PNG file.

        Raises:
            ParseError: As :func:`render_page`.
        """
        marked = [[r.x0, r.y0, r.x1, r.y1] for r in regions if r.page == page]
        key = fingerprint_sha256(
            {"drawing": _DRAWING, "pdf": sha256, "page": page, "boxes": marked}
        )
        final = self._folder / key[:2] / f"{key}.png"
        if final.exists():
            return final
        with self._drawers:
            # Whoever waited for a drawer may find that the one before drew this very page.
            if not final.exists():
                self._keep(final, render_page(content(), page, regions, self._settings))
        return final

    def _keep(self, final: Path, image: bytes) -> None:
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = final.with_name(f".{uuid.uuid4().hex}.part")
        try:
            draft.write_bytes(image)
            draft.replace(final)
        finally:
            draft.unlink(missing_ok=True)
        self._drawn += 1
        if self._drawn % _SWEEP_EVERY == 1:
            self._sweep()

    def _sweep(self) -> None:
        """Remove the oldest images until the rest fit; another process may sweep beside us."""
        kept: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*.png"):
            try:
                known = path.stat()
            except FileNotFoundError:
                continue
            kept.append((known.st_mtime, known.st_size, path))
        room = sum(size for _, size, _ in kept) - self._max_bytes
        for _, size, path in sorted(kept):
            if room <= 0:
                return
            path.unlink(missing_ok=True)
            room -= size
