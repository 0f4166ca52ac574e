"""The pools, in the form in which the stack creates them."""

import json
import subprocess
import sys

from airflow_home import PLUGINS


def test_the_pools_are_printed_for_airflow_without_loading_it() -> None:
    code = (
        "import runpy, sys; runpy.run_module('florilegium_airflow.pools', run_name='__main__'); "
        "assert not [name for name in sys.modules if name.split('.')[0] == 'airflow']"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PLUGINS)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    pools = json.loads(finished.stdout)
    assert {name: pool["slots"] for name, pool in pools.items()} == {
        "api": 2,
        "grobid": 2,
        "embed": 1,
        "gpu": 1,
    }
    assert all(pool["description"] and pool["include_deferred"] for pool in pools.values())


def test_every_stage_with_batches_has_a_pool_that_exists() -> None:
    from florilegium_airflow.pools import DEFAULT_POOL, POOLS, STAGE_POOLS

    assert list(STAGE_POOLS) == ["fetch", "parse", "embed", "answer", "decide"]
    assert set(STAGE_POOLS.values()) <= {DEFAULT_POOL, *(pool.name for pool in POOLS)}
