"""``python -m etl.cli``: the same as the command ``florilegium``."""

from etl.cli.app import main

main()
