"""Calibrations: what people said against the shares of votes, and the curves made of it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from etl.keys import content_key
from etl.records.calibration import CalibrationPoint, Curve, LabelledShare
from etl.store.bulk import copy_rows
from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["CalibrationStore"]


class CalibrationStore:
    """Reads labels and curves, appends calibrations; the newest is in force."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def labelled_shares(self) -> list[LabelledShare]:
        """
        Cells that people labelled and voters voted on, by question and work.

        A label is the adjudicated one, else the one all annotators gave, one annotator's too;
        the votes are those of the standing decision, whatever people made of it.
        """
        rows = self._database.read(query("calibrate", "labelled_shares"))
        return [LabelledShare(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it

    def save(
        self, method: str, labels: Sequence[LabelledShare], curves: Sequence[Curve]
    ) -> tuple[int, bool]:
        """
        Append a calibration in one transaction; the one in force with equal labels is kept.

        Args:
            method: Name and version of the method.
            labels: All that the curves were made of.
            curves: One a scope.

        Returns:
            Its id, and whether it is new: then each decision is due for it.
        """
        labels_md5 = _md5_of(labels)
        with self._database.transaction() as connection:
            connection.execute(query("calibrate", "lock_calibrations"))
            before = connection.execute(query("calibrate", "load_in_force")).one_or_none()
            if before is not None and (before.method, before.labels_md5) == (method, labels_md5):
                return int(before.calibration_id), False
            previous = before.calibration_id if before else 0
            calibration_id = content_key("calibration", method, labels_md5, previous)
            act = {
                "calibration_id": calibration_id,
                "method": method,
                "labels_md5": labels_md5,
                "label_count": len(labels),
            }
            connection.execute(query("calibrate", "insert_calibration"), act)
            copy_rows(
                connection,
                "core.calibration_label",
                ("calibration_id", "work_id", "question_id", "share", "is_yes"),
                ((calibration_id, o.work_id, o.question_id, o.share, o.is_yes) for o in labels),
            )
            scope = ("scope", "label_count", "yes_count", "reason", "brier_raw", "brier")
            copy_rows(
                connection,
                "core.calibration_scope",
                ("calibration_id", *scope),
                ((calibration_id, *(getattr(c, name) for name in scope)) for c in curves),
            )
            point = ("share", "label_count", "yes_count", "probability")
            copy_rows(
                connection,
                "core.calibration_point",
                ("calibration_id", "scope", *point),
                (
                    (calibration_id, c.scope, *(getattr(p, name) for name in point))
                    for c in curves
                    for p in c.points
                ),
            )
        return calibration_id, True

    def curves_in_force(self) -> dict[str, Curve]:
        """Curves of the newest calibration by scope; scopes without one are left out."""
        found: dict[str, dict[str, Any]] = {}
        points: dict[str, list[CalibrationPoint]] = {}
        for row in self._database.read(query("calibrate", "load_curves")):
            found[row.scope] = {
                "label_count": row.label_count,
                "yes_count": row.yes_count,
                "brier_raw": row.brier_raw,
                "brier": row.brier,
            }
            points.setdefault(row.scope, []).append(
                CalibrationPoint(
                    share=row.share,
                    label_count=row.point_label_count,
                    yes_count=row.point_yes_count,
                    probability=row.probability,
                )
            )
        return {
            scope: Curve(scope=scope, points=tuple(points[scope]), reason=None, **fields)
            for scope, fields in found.items()
        }

    def scopes_in_force(self) -> list[Mapping[str, Any]]:
        """The rows of ``out.calibrations`` that are in force."""
        return rows_of(self._database.read(query("calibrate", "scopes_in_force")))


def _md5_of(labels: Sequence[LabelledShare]) -> str:
    lines = sorted(f"{o.question_id}/{o.work_id}/{o.share!r}/{o.is_yes}" for o in labels)
    return hashlib.md5("\n".join(lines).encode(), usedforsecurity=False).hexdigest()
