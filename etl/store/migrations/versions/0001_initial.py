"""The first schema; the SQL is in ``sql/migrations/0001_initial.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all schemas, tables, functions and grants."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0001_initial.sql")
