"""How doubtful each decision is; the SQL is in ``0016_doubt.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Keep with each decision how far its votes leave it in doubt."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0016_doubt.sql")
