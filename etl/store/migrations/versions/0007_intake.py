"""Versions, notices, takedowns; the SQL is in ``sql/migrations/0007_intake.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables of identity and notices, and choose the canonical version."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0007_intake.sql")
