"""What people say of a whole release: approved or rejected, by whom and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from etl.errors import UsageError
from etl.store.database import Database
from etl.store.plain_json import printable
from etl.store.queries import query

__all__ = ["VERDICTS", "SignOffStore"]

VERDICTS = ("approved", "rejected")


class SignOffStore:
    """Appends verdicts on releases; a later one of anybody stands beside the earlier."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def release_to_sign(self) -> Mapping[str, Any] | None:
        """
        Tell what a person should know of the release that analysts see.

        Returns:
            ``release_id``, ``published_at``, ``changed_count``, ``decision_count``,
            ``conflicting_count``, ``disputed_count``, ``labelled_count`` and ``is_signed``; None
            before the first release.
        """
        rows = self._database.read(query("sign_off", "release_to_sign"))
        return dict(rows[0]._mapping) if rows else None  # noqa: SLF001 - SQLAlchemy's public name for it

    def sign(
        self,
        release_id: int,
        *,
        person: str,
        verdict: str,
        signed_at: datetime,
        comment: str | None,
        disputed_count: int,
        conflicting_count: int,
    ) -> None:
        """
        Append a verdict; the same one told twice is one row.

        Args:
            release_id: The release.
            person: Who answered.
            verdict: One of ``VERDICTS``.
            signed_at: When, with its zone.
            comment: Why; None where not said.
            disputed_count: Cells in dispute when the question was put, >= 0.
            conflicting_count: Conflicting answers of the release, >= 0.

        Raises:
            UsageError: The person has no name, or the verdict is none.
        """
        if not person.strip():
            raise UsageError("a verdict on a release needs the name of who gives it")
        if verdict not in VERDICTS:
            raise UsageError(f"{verdict!r} is no verdict; one of {', '.join(VERDICTS)}")
        with self._database.transaction() as connection:
            connection.execute(
                query("sign_off", "sign_release"),
                {
                    "release_id": release_id,
                    "person": printable(person),
                    "signed_at": signed_at,
                    "verdict": verdict,
                    "comment": printable(comment) if comment else None,
                    "disputed_count": disputed_count,
                    "conflicting_count": conflicting_count,
                },
            )
