"""Explained, calibrated decisions, labels taken back, votes of other systems."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run ``sql/migrations/0005_results.sql``."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0005_results.sql")
