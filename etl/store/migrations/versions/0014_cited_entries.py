"""Cited entries as evidence; the SQL is in ``0014_cited_entries.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Let an entry of the reference list prove what a sentence outside it cites."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0014_cited_entries.sql")
