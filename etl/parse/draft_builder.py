"""Collect sections and blocks in reading order; the only way readers add text to a draft."""

from etl.clean_text import clean_text
from etl.parse.draft import Draft, DraftBlock, DraftSection, KindName, PlacedWord, ZoneName
from etl.parse.section_kind import section_kind, zone_of_kind

__all__ = ["DraftBuilder", "collapse"]


def collapse(text: str) -> str:
    """The text with every run of white space as one blank, and none at its ends."""
    return " ".join(text.split())


class DraftBuilder:
    """
    A draft under construction.

    The stack of open titles gives each section its path; text before any heading stands in
    a section with the empty path.
    """

    def __init__(self) -> None:
        self.draft = Draft()
        #: Level, title and kind of every open section.
        self._titles: list[tuple[int, str, str]] = []
        self._zones: list[tuple[int, ZoneName]] = []
        self.zone: ZoneName = "body"
        self._current: int | None = None
        self._invisible = 0
        self._unstorable = 0

    def start_zone(self, zone: ZoneName) -> None:
        """Begin a new part of the paper; all open sections are closed."""
        self._titles.clear()
        self._zones.clear()
        self.zone = zone
        self._current = None

    def close_to(self, level: int) -> None:
        """Close all sections at *level* and deeper; the outermost level is 1."""
        self._titles = [entry for entry in self._titles if entry[0] < level]
        self._zones = [pair for pair in self._zones if pair[0] < level]
        self._current = None

    def open_section(self, title: str, *, level: int, kind: str | None = None) -> None:
        """
        Open a section below those still open.

        Args:
            title: As printed; an empty one keeps the enclosing section.
            level: Depth, 1 for the outermost.
            kind: Normalised role where the source states it; by the title otherwise.
        """
        self.close_to(level)
        title = collapse(self._clean(title))
        if not title:
            return
        role = kind or section_kind(title)
        self._titles.append((level, title, role))
        zone = zone_of_kind(role)
        # Back matter may stand inside the body, but nothing leads from the back to the body.
        if zone is not None and self.zone in {"body", "back"}:
            self._zones.append((level, _as_zone(zone)))
        self._add_section()

    def add(
        self,
        kind: KindName,
        text: str,
        *,
        xpath: str | None = None,
        words: list[PlacedWord] | None = None,
        zone: ZoneName | None = None,
    ) -> DraftBlock | None:
        """
        Add a block to the open section; a text without any letter or sign is dropped.

        Args:
            kind: What the block is.
            text: Raw text, cleaned here; with *words* it has to be clean already.
            xpath: Element path of an XML source.
            words: Places of the words of a PDF source.
            zone: Overrides the zone of the section, for noise and hidden text.

        Returns:
            The block, or None where nothing was left of the text.
        """
        if words is None:
            text = self._tidy(text, keep_lines=kind == "table")
        if not text:
            return None
        if self._current is None:
            self._add_section()
        block = DraftBlock(
            kind=kind,
            zone=zone or self._zone_now(),
            text=text,
            section=len(self.draft.sections) - 1 if self._current is None else self._current,
            words=words or [],
            xpath=xpath,
        )
        self.draft.blocks.append(block)
        return block

    def add_reference(self, text: str, doi: str | None, *, xpath: str | None = None) -> None:
        """Add one entry of the reference list, as a block and as an entry."""
        block = self.add("reference", text, xpath=xpath, zone="references")
        if block is not None:
            self.draft.references.append((block.text, doi))

    def finish(self) -> Draft:
        """The draft with the counts of what cleaning took out."""
        self.draft.counts["invisible_characters"] = self._invisible
        self.draft.counts["unstorable_characters"] = self._unstorable
        return self.draft

    def count_cleaned(self, *, invisible: int, unstorable: int) -> None:
        """Add what a reader cleaned on its own."""
        self._invisible += invisible
        self._unstorable += unstorable

    def _zone_now(self) -> ZoneName:
        return self._zones[-1][1] if self._zones else self.zone

    def _add_section(self) -> None:
        path = tuple(title for _, title, _ in self._titles)
        kind = self._titles[-1][2] if self._titles else _kind_of_zone(self._zone_now())
        section = DraftSection(path=path, kind=kind, zone=self._zone_now())
        if self.draft.sections and self.draft.sections[-1] == section:
            self._current = len(self.draft.sections) - 1
            return
        self.draft.sections.append(section)
        self._current = len(self.draft.sections) - 1

    def _clean(self, text: str) -> str:
        cleaned = clean_text(text)
        self._invisible += cleaned.invisible_count
        self._unstorable += cleaned.unstorable_count
        return cleaned.text

    def _tidy(self, text: str, *, keep_lines: bool) -> str:
        text = self._clean(text)
        if not keep_lines:
            return collapse(text)
        return "\n".join(filter(None, (collapse(line) for line in text.split("\n"))))


def _kind_of_zone(zone: ZoneName) -> str:
    return zone if zone in {"abstract", "references"} else "other"


def _as_zone(zone: str) -> ZoneName:
    names: dict[str, ZoneName] = {
        "abstract": "abstract",
        "references": "references",
        "back": "back",
    }
    return names[zone]
