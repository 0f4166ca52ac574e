"""
One night of fetching over the stand-in literature, for the crash suite to kill.

Run as ``python -m tests.crash.corpus_once PORT STORE DAY`` with the database's settings and a
kill point in the environment.
"""

import logging
import sys
from datetime import date
from pathlib import Path

import structlog

from etl.settings import load_settings
from tests.fakes.tiny_night import TinyNight
from tests.standins.sources import StandInSources
from tests.store.test_intake_soak import corpus_over


def main(port: int, store: Path, day: date) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    server = StandInSources()
    # Only its addresses are wanted: the server itself runs in the test.
    server.port = port
    corpus = corpus_over(TinyNight(database=load_settings().database, store=store), server)
    corpus.today = day
    corpus.run(("fetch",))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
