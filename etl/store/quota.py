"""Limits of hosts in the database: one truth for all workers, kept over restarts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from etl.intake import Admission, HostRule, HostState
from etl.store.database import Database
from etl.store.queries import query

__all__ = ["PostgresGate"]

_KINDS = ("ok", "limited", "failed")


class PostgresGate:
    """
    The rate gate of ``etl/fetch/http_gate.py`` in ``ops.host_quota``.

    Args:
        database: As the writer.
        rules: Limits by host.
        default: Limits of all other hosts.
        slot_seconds: A slot never given back is free after this; above the longest request.
    """

    def __init__(
        self,
        database: Database,
        rules: Mapping[str, HostRule],
        *,
        default: HostRule,
        slot_seconds: float,
    ) -> None:
        self._database = database
        self._rules = rules
        self._default = default
        self._slot_seconds = slot_seconds

    def admit(self, host: str) -> Admission:
        """Take a token and a slot of a host, or learn how long to wait."""
        rule = self._rules.get(host, self._default)
        with self._database.transaction() as connection:
            state, now, in_use = _locked(connection, host)
            state, wait = state.admit(rule, now=now, in_use=in_use)
            _save(connection, host, state)
            if wait:
                return Admission(ticket=None, wait_seconds=wait)
            values = {"host": host, "seconds": self._slot_seconds}
            slot_id = connection.execute(query("intake", "take_slot"), values).scalar_one()
            return Admission(ticket=slot_id, wait_seconds=0.0)

    def finish(
        self,
        host: str,
        ticket: int,
        *,
        kind: str,
        pause_seconds: float = 0.0,
        told_rate: float | None = None,
        byte_count: int = 0,
    ) -> None:
        """Give the slot back and tell how the request ended: ok, limited or failed."""
        with self._database.transaction() as connection:
            state, now, _ = _locked(connection, host)
            connection.execute(query("intake", "drop_slot"), {"slot_id": ticket})
            ended = state.finish(kind, now=now, pause_seconds=pause_seconds, told_rate=told_rate)
            _save(connection, host, ended)
            counts = {each: int(each == kind) for each in _KINDS}
            connection.execute(
                query("intake", "count_usage"),
                {"host": host, "byte_count": byte_count, **counts},
            )

    def usage(self, host: str) -> Mapping[str, int]:
        """Today's ledger of a host: ok, limited, failed and byte_count."""
        rows = self._database.read(query("intake", "load_usage"), host=host)
        names = (*_KINDS, "byte_count")
        return {name: int(getattr(rows[0], name)) if rows else 0 for name in names}


def _locked(connection: Connection, host: str) -> tuple[HostState, float, int]:
    """The host's state under a row lock, the database's time, and the slots in use."""
    parameters: dict[str, Any] = {"host": host}
    connection.execute(query("intake", "ensure_host"), parameters)
    row = connection.execute(query("intake", "lock_host"), parameters).one()
    connection.execute(query("intake", "drop_dead_slots"), parameters)
    use = connection.execute(query("intake", "count_slots"), parameters).one()
    return HostState(**row._mapping), use.now, use.in_use  # noqa: SLF001 - SQLAlchemy's name


def _save(connection: Connection, host: str, state: HostState) -> None:
    connection.execute(
        query("intake", "save_host"),
        {
            "host": host,
            "tokens": state.tokens,
            "refilled_at": state.refilled_at,
            "paused_until": state.paused_until,
            "failure_count": state.failure_count,
            "told_rate": state.told_rate,
        },
    )
