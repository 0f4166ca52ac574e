"""The library as the pages use it: stores over the reading role, page images, and one writer."""

from dataclasses import dataclass
from functools import cached_property

from etl.fetch.file_store import FsspecFileStore
from etl.parse.page_shelf import PageShelf
from etl.settings import Settings
from etl.store.database import Database, open_database, open_reader
from etl.store.night_report import NightReportStore
from etl.store.pages_answer import AnswerStore
from etl.store.pages_matrix import MatrixStore
from etl.store.pages_paper import PaperStore
from etl.store.pages_question import QuestionPageStore
from etl.store.pages_review import DeskStore
from etl.store.pages_run import RunPageStore
from etl.store.review import ReviewStore
from etl.store.runs import RunStore

__all__ = ["ReadingRoom"]


@dataclass(frozen=True, kw_only=True)
class ReadingRoom:
    """
    Everything a page may ask; connections are opened at first use.

    Pages read as the analyst. Only three things need the writer: trying failed papers again, what
    reviewers say, and the report of a night, which tells of tables that analysts have no right to.
    """

    settings: Settings

    @cached_property
    def reader(self) -> Database:
        """As the analyst: views of ``out``, read-only, with a short statement timeout."""
        return open_reader(self.settings.database, self.settings.pages)

    @cached_property
    def writer(self) -> Database:
        """As the writer."""
        return open_database(self.settings.database)

    @cached_property
    def matrix(self) -> MatrixStore:
        """Screens of papers × questions."""
        return MatrixStore(self.reader)

    @cached_property
    def answers(self) -> AnswerStore:
        """One cell."""
        return AnswerStore(self.reader)

    @cached_property
    def papers(self) -> PaperStore:
        """One work."""
        return PaperStore(self.reader)

    @cached_property
    def questions(self) -> QuestionPageStore:
        """The catalogue, and one question."""
        return QuestionPageStore(self.reader)

    @cached_property
    def desk(self) -> DeskStore:
        """What the review desk shows."""
        return DeskStore(self.reader)

    @cached_property
    def reviews(self) -> ReviewStore:
        """Whose turn it is, and what reviewers say."""
        return ReviewStore(self.writer)

    @cached_property
    def runs(self) -> RunPageStore:
        """Nights."""
        return RunPageStore(self.reader)

    @cached_property
    def reports(self) -> NightReportStore:
        """The report of a night; it reads in a read-only transaction."""
        return NightReportStore(self.writer)

    @cached_property
    def claims(self) -> RunStore:
        """Makes failed papers due again."""
        return RunStore(self.writer, self.settings.night)

    @cached_property
    def files(self) -> FsspecFileStore:
        """The bytes of papers."""
        return FsspecFileStore(self.settings.store.uri)

    @cached_property
    def images(self) -> PageShelf:
        """Drawn pages."""
        pages = self.settings.pages
        return PageShelf(
            pages.image_folder.resolve(), max_bytes=pages.image_bytes, settings=self.settings.parse
        )
