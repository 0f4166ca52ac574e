"""
One night with a language model in a process of its own, for a test to kill.

Run as ``python -m tests.crash.model_night PAPERS STORE URL`` with the database's settings in the
environment.
"""

import logging
import sys
from pathlib import Path

import structlog

from etl.answer.llm_answerer import LlmAnswerer
from etl.settings import LlmSettings, load_settings
from tests.fakes.tiny_night import TinyNight


def main(papers: Path, store: Path, url: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    tiny = TinyNight(database=load_settings().database, store=store)
    settings = LlmSettings(in_flight=1)
    tiny.answerers = {"llm:stand-in": LlmAnswerer("stand-in", [url], settings, {"k": 2})}
    tiny.run(papers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
