"""Answers of language models; the SQL is in ``sql/migrations/0004_model_answers.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add columns to core.generation, and the tables for reopened ballots and spending."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0004_model_answers.sql")
