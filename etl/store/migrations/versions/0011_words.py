"""Words of chunks weighed for retrieval; the SQL is in ``sql/migrations/0011_words.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Weigh the words of all chunks that are kept."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0011_words.sql")
