"""Counts and indexes of the web pages; the SQL is in ``sql/migrations/0008_pages.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Count releases, and index works by name and decisions by state."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0008_pages.sql")
