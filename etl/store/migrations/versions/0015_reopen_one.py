"""Trying one paper again; the SQL is in ``0015_reopen_one.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Let the failed answers of one work be asked again."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0015_reopen_one.sql")
