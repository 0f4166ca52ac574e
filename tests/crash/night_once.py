"""
One undisturbed night in a process of its own, for the crash suite to disturb.

Run as ``python -m tests.crash.night_once PAPERS STORE [STAGE]`` with the database's settings in
the environment. A kill point named there is armed only when STAGE begins, so that a seed can
choose which of the stages is hit.
"""

import logging
import os
import signal
import sys
from pathlib import Path

import structlog

from etl.night.night import STAGE_ORDER
from etl.settings import load_settings
from tests.fakes.tiny_night import TinyNight

_KILLPOINT = "FLORILEGIUM_KILLPOINT"
#: As a shell tells a death by SIGTERM.
_TERMINATED = 143


def _terminate(number: int, frame: object) -> None:  # noqa: ARG001 - the signature of a handler
    """What a service does on SIGTERM: unwind, so that the item in hand goes back."""
    sys.exit(_TERMINATED)


def main(papers: Path, store: Path, armed_at: str | None) -> None:
    signal.signal(signal.SIGTERM, _terminate)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    wish = os.environ.pop(_KILLPOINT, None) if armed_at else None  # noqa: TID251 - disturbs on purpose
    load_settings.cache_clear()
    tiny = TinyNight(database=load_settings().database, store=store)
    with tiny.begun(papers) as (night, run_id):
        for stage in STAGE_ORDER:
            if stage == armed_at and wish is not None:
                os.environ[_KILLPOINT] = wish  # noqa: TID251 - disturbs on purpose
                load_settings.cache_clear()
            tiny.stage(night, run_id, stage)
        night.publish(run_id)
        night.finish(run_id)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
