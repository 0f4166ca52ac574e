"""Golden passes and corpus-wide search; the SQL is in ``sql/migrations/0003_search.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0003"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of golden passes and the functions of the search."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0003_search.sql")
