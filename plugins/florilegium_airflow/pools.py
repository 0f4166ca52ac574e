"""
The pools our tasks run in, and which stage takes a slot of which.

A task whose pool is missing waits for ever without a word, so whoever starts Airflow creates
them first: ``python -m florilegium_airflow.pools`` prints what ``airflow pools import`` reads.
Nothing here imports Airflow.
"""

import json
import sys
from dataclasses import dataclass

__all__ = ["DEFAULT_POOL", "POOLS", "STAGE_POOLS", "Pool", "pools_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A scarce thing that batches queue for."""

    name: str
    #: Batches that may hold it at once on one machine with two cores; a larger one sets more.
    slots: int
    #: What a slot stands for; shown in the web UI.
    description: str


#: Airflow's own pool; plan, gate, decide, publish and finish need nothing scarce.
DEFAULT_POOL = "default_pool"

POOLS = (
    Pool(name="api", slots=2, description="Fetching: polite to the places papers come from"),
    Pool(name="grobid", slots=2, description="Parsing: the GROBID server or the local parser"),
    Pool(name="embed", slots=1, description="Embedding: one model in memory at a time"),
    Pool(name="gpu", slots=1, description="Answering: one client of the language model at a time"),
)

#: Stage of the journey → the pool its batches run in.
STAGE_POOLS = {
    "fetch": "api",
    "parse": "grobid",
    "embed": "embed",
    "answer": "gpu",
    "decide": DEFAULT_POOL,
}


def pools_json() -> str:
    """All pools but Airflow's own, as JSON in the form ``airflow pools import`` reads."""
    return json.dumps(
        {
            pool.name: {
                "slots": pool.slots,
                "description": pool.description,
                "include_deferred": True,
            }
            for pool in POOLS
        },
        indent=2,
    )


if __name__ == "__main__":
    sys.stdout.write(pools_json() + "\n")
