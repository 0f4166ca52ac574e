"""What runs have spent on language models."""

from sqlalchemy import Connection

from etl.records.inquiry import Spend
from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["SpendStore"]


class SpendStore:
    """Reads and writes ``ops.model_spend``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, run_id: int) -> Spend:
        """What all tasks of a run have spent so far."""
        rows = self._database.read(query("answer", "load_spend"), run_id=run_id)
        return Spend(**rows_of(rows)[0])

    @staticmethod
    def add(connection: Connection, run_id: int, answerer_id: int, spend: Spend) -> None:
        """Add to a run's account, in the caller's transaction."""
        connection.execute(
            query("answer", "add_spend"),
            {
                "run_id": run_id,
                "answerer_id": answerer_id,
                "calls": spend.calls,
                "prompt_tokens": spend.prompt_tokens,
                "completion_tokens": spend.completion_tokens,
                "seconds": spend.seconds,
            },
        )

    @staticmethod
    def stop(connection: Connection, run_id: int, answerer_id: int, reason: str) -> None:
        """Keep why a run stopped asking, in the caller's transaction."""
        key = {"run_id": run_id, "answerer_id": answerer_id, "stop_reason": reason}
        connection.execute(query("answer", "stop_spend"), key)

    def stop_reason(self, run_id: int) -> str | None:
        """Why a run stopped asking before it was through; None where it did not."""
        rows = self._database.read(query("answer", "load_stop_reason"), run_id=run_id)
        return str(rows[0].stop_reason) if rows else None
