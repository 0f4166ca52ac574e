"""Hand a release on: the pointer moves in ``etl/store/decisions.py``, files are written here."""
