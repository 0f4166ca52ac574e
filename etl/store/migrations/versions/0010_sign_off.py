"""Who signed a release off; the SQL is in ``sql/migrations/0010_sign_off.sql``."""

from alembic import op

from etl.store.migrate import run_sql_file
from etl.store.queries import sql_folder

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    """Add the verdicts on releases."""
    run_sql_file(op.get_bind(), sql_folder() / "migrations" / "0010_sign_off.sql")
