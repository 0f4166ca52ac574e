"""How much of a paper's words may be shown; the SQL is in ``sql/migrations/0006_quotes.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the policy on quotes and the view that applies it."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0006_quotes.sql")
