"""An index by which a change finds what it ended; the SQL is in ``0013_ended_decisions.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """Index ended decisions by release, work and question."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0013_ended_decisions.sql")
