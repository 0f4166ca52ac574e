#!/bin/bash
# Brings both databases to the state the code expects; a second time changes nothing. While a run
# is active, a migration that is needed is refused, and with it the start of this version.
set -euo pipefail
florilegium migrate
florilegium catalogue load
airflow db migrate
python -m florilegium_airflow.pools > "$HOME/pools.json"
airflow pools import "$HOME/pools.json"
