"""Join the lines of a block to clean text, and remember where each word stands."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from etl.clean_text import clean_text
from etl.parse.draft import PlacedWord
from etl.parse.pdf.lines import Line
from etl.parse.pdf.words import Word

__all__ = ["CELL_GAP_IN_SIZES", "TextJoiner"]

#: A gap wider than this many letter sizes parts two cells of a table row.
CELL_GAP_IN_SIZES = 1.0
_HYPHENS = "-\u2010\u00ad\x02"
_HYPHEN_ENDS = tuple(_HYPHENS)
#: What stands at a line's end is judged by so many characters; no address or word is longer.
_TAIL = 300
#: A web address that a line's end cut behind a sign that no address ends with.
_OPEN_ADDRESS = re.compile(r"(?:https?://|www\.|doi\.org/|\b10\.\d{4,9}/)\S*[/_=?&%#~-]$")
_ADDRESS_PART = re.compile(r"[a-z0-9A-Z~?=&#%_.-]")
_PART = re.compile(r"[^\W\d_]+$")
_PLAIN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
#: First halves that keep their hyphen where the paper shows no other use of the word.
_COMPOUND_STARTS_LIST = (
    "all cross half high low long short self well one two three four five six seven eight "
    "nine ten first second third early late large small state real open close full fine deep "
    "single double triple semi year day time cost water land age sex"
)
_COMPOUND_STARTS = frozenset(_COMPOUND_STARTS_LIST.split())


class TextJoiner:
    """Dehyphenates with the paper's own vocabulary; one instance a paper."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.invisible = 0
        self.unstorable = 0
        self._vocabulary: Counter[str] = Counter()
        for line in lines:
            *inner, last = [word.text for word in line.words]
            # A word at a line's end may be half of one.
            self._learn(inner if last.endswith(_HYPHEN_ENDS) else [*inner, last])

    def _learn(self, words: Iterable[str]) -> None:
        known = self._vocabulary
        for word in words:
            if word.isalpha():
                known[word.lower()] += 1
            else:
                known.update(map(str.lower, _PLAIN.findall(word.replace("\x02", ""))))

    def join(self, lines: Sequence[Line], *, breaks: bool = False) -> tuple[str, list[PlacedWord]]:
        """
        Make a block's text.

        Args:
            lines: In reading order, over columns and pages.
            breaks: Keep the line ends and part the cells, for the rows of a table.

        Returns:
            Clean text and the place of each word; words cut at a line's end give two places.
        """
        text = ""
        placed: list[PlacedWord] = []
        run = 0
        for line in lines:
            if breaks and text:
                text += "\n"
            last: Word | None = None
            for word in line.words:
                piece = self._clean(word)
                if not piece:
                    continue
                if breaks and last is not None and _is_next_cell(last, word):
                    text += " |"
                    run += 1
                text, start = self._append(text, piece, word, start_of_line=last is None)
                last = word
                # Scripts reach into the lines above and below; the line's own height does not.
                top, bottom = max(word.y0, line.y0), min(word.y1, line.y1)
                box = (line.page, word.x0, min(top, bottom), word.x1, max(top, bottom))
                placed.append(PlacedWord(start=start, end=len(text), box=box, line=run))
            run += 1
        return text, placed

    def _clean(self, word: Word) -> str:
        if word.text.isascii() and word.text.isprintable():
            return word.text
        hyphen = "\x02" if word.text.endswith(("\x02", "\u00ad")) else ""
        cleaned = clean_text(word.text.rstrip("\x02\u00ad"))
        self.invisible += cleaned.invisible_count
        self.unstorable += cleaned.unstorable_count
        return "".join(cleaned.text.split()) + hyphen

    def _append(self, text: str, piece: str, word: Word, *, start_of_line: bool) -> tuple[str, int]:
        """The text with the piece added, and where the piece starts in it."""
        visible = piece.rstrip("\x02")
        mark = "-" if piece.endswith("\x02") else ""
        piece = visible + mark
        if not text or text.endswith("\n"):
            return text + piece, len(text)
        if word.is_glued:
            return self._glue(text, piece)
        if start_of_line and _OPEN_ADDRESS.search(text[-_TAIL:]) and _ADDRESS_PART.match(piece):
            return text + piece, len(text)
        if start_of_line and text[-1] in _HYPHENS and len(text) > 1 and not text[-2].isspace():
            return self._close_hyphen(text, piece)
        return f"{text} {piece}", len(text) + 1

    def _glue(self, text: str, piece: str) -> tuple[str, int]:
        if unicodedata.combining(piece[0]):
            composed = unicodedata.normalize("NFC", text[-1] + piece)
            return text[:-1] + composed, len(text) - 1
        return text + piece, len(text)

    def _close_hyphen(self, text: str, piece: str) -> tuple[str, int]:
        before = _PART.search(text[-_TAIL:-1])
        after = re.match(r"[^\W\d_]+", piece)
        if before is None or after is None:
            # A number or a sign follows: "COVID-" and "19" belong together as printed.
            return text + piece, len(text)
        if self._keeps_hyphen(before[0], after[0]):
            return text + piece, len(text)
        return text[:-1] + piece, len(text) - 1

    def _keeps_hyphen(self, before: str, after: str) -> bool:
        first, second = before.lower(), after.lower()
        joined = self._vocabulary[first + second]
        hyphened = self._vocabulary[f"{first}-{second}"]
        if joined or hyphened:
            return hyphened > joined
        if not after[0].islower():
            # A name or an abbreviation: only the paper itself can say that it is one word.
            return True
        return first in _COMPOUND_STARTS and len(second) > 3 and second in self._vocabulary


def _is_next_cell(left: Word, right: Word) -> bool:
    """Table cells stand further apart than words of one sentence ever do."""
    return right.x0 - left.x1 > CELL_GAP_IN_SIZES * max(left.style.size, right.style.size)
