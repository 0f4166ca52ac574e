"""``florilegium calibrate``: shares of votes become probabilities, by what people said."""

from collections.abc import Sequence

import typer

from etl.cli.door import JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.decide.calibrate import CALIBRATION_VERSION, MIN_EACH, MIN_LABELS
from etl.decide.calibrate import calibrate as fit
from etl.records.calibration import Curve
from etl.settings import load_settings
from etl.store.calibrations import CalibrationStore
from etl.store.database import open_database

__all__ = ["calibrate"]

_METHOD = f"{CALIBRATION_VERSION}, from {MIN_LABELS} labels, {MIN_EACH} of each kind"


def calibrate(*, as_json: JsonFlag = False) -> None:
    """
    Calibrate decisions on all labels so far; each decision takes it up on the next night.

    Never done in passing: it changes the probability of every decision, with itself as the cause.
    """
    with door(as_json=as_json):
        store = CalibrationStore(open_database(load_settings().database))
        labels = store.labelled_shares()
        curves = fit(labels)
        calibration_id, is_new = store.save(_METHOD, labels, curves)
        scopes = [_told(curve) for curve in curves]
        if as_json:
            told = {"calibration_id": calibration_id, "is_new": is_new, "method": _METHOD}
            show_json(told | {"label_count": len(labels), "scopes": scopes})
            return
        show_rows(console(), f"Calibration {calibration_id}", scopes)
        typer.echo(_next_step(curves, is_new=is_new))


def _told(curve: Curve) -> dict[str, object]:
    return {
        "scope": curve.scope,
        "labels": curve.label_count,
        "yes": curve.yes_count,
        "error_of_the_share": None if curve.brier_raw is None else round(curve.brier_raw, 4),
        "error_of_the_curve": None if curve.brier is None else round(curve.brier, 4),
        "reason": curve.reason,
    }


def _next_step(curves: Sequence[Curve], *, is_new: bool) -> str:
    if not is_new:
        return "the labels are those of the calibration in force: nothing to do"
    if not any(curve.points for curve in curves):
        return "too few labels: decisions keep their raw share of votes and say so"
    return "in force from the next night on; a question without a curve takes the pooled one"
