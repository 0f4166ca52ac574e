"""How papers are quoted whose licence nobody has told: one row that views and exports ask."""

from etl.store.database import Database
from etl.store.queries import query

__all__ = ["put_quote_policy"]


def put_quote_policy(database: Database, own_quotes: str) -> None:
    """
    Put a policy in force; all views and exports follow it at once.

    Args:
        database: As writer.
        own_quotes: excerpt, in_house or full, as in ``PublishSettings``. The policy in force
            already writes nothing.
    """
    with database.transaction() as connection:
        connection.execute(query("publish", "put_quote_policy"), {"own_quotes": own_quotes})
