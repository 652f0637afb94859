"""What goes out of a place, and the small settings that a place keeps: the same two tables in each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Table, delete, insert, select, update

from knowledge.errors import NotFoundError
from knowledge.records.base import Record
from knowledge.records.delivery import UNDELIVERED, OutboxEntry, OutboxState
from knowledge.store.rows import read_all, upsert
from knowledge.store.types import row_of

R = TypeVar("R", bound=Record)


class Outbox:
    """Rows of `outbox` inside one transaction."""

    def __init__(self, conn: Connection, table: Table) -> None:
        self._conn = conn
        self._table = table

    def add(self, entry: OutboxEntry) -> bool:
        """Puts an entry in; False, and nothing changed, where its key has gone to that target already."""
        taken = select(self._table.c.id).where(self._table.c.id == entry.id)
        if self._conn.execute(taken).first() is not None:
            return False
        self._conn.execute(insert(self._table).values(row_of(entry, self._table)))
        return True

    def get(self, entry_id: str) -> OutboxEntry:
        """One entry.

        Raises:
            NotFoundError: no such entry.
        """
        found = read_all(self._conn, self._table, OutboxEntry, self._table.c.id == entry_id)
        if not found:
            raise NotFoundError("no such message", subject=entry_id[:40], hint="`vciso deliver status` lists them.")
        return found[0]

    def put(self, entry: OutboxEntry) -> None:
        """Keeps the new state of an entry that is there."""
        self._conn.execute(update(self._table).where(self._table.c.id == entry.id).values(row_of(entry, self._table)))

    def list(self, *, states: Collection[OutboxState] = (), last: int | None = None) -> tuple[OutboxEntry, ...]:
        """Entries, oldest first; of some states, or the newest `last` where told."""
        where = [self._table.c.state.in_(list(states))] if states else []
        found = read_all(self._conn, self._table, OutboxEntry, *where)
        ordered = sorted(found, key=lambda one: (one.created_at, one.id))
        return tuple(ordered if last is None else ordered[-last:])

    def due(self, now: datetime) -> tuple[OutboxEntry, ...]:
        """Queued entries whose next try has come, oldest first."""
        return tuple(one for one in self.list(states=["queued"]) if one.next_try_at is None or one.next_try_at <= now)

    def undelivered(self) -> tuple[OutboxEntry, ...]:
        """Everything that has not arrived as far as is known, and was not given up by a person."""
        return self.list(states=UNDELIVERED)

    def forget_unsent(self) -> None:
        """Removes what still carries its text: done for the portfolio's messages when a client is removed."""
        self._conn.execute(delete(self._table).where(self._table.c.message.is_not(None)))


class PlaceSettings:
    """Rows of `place_settings` inside one transaction: one small record a name."""

    def __init__(self, conn: Connection, table: Table) -> None:
        self._conn = conn
        self._table = table

    def get(self, name: str, kind: type[R]) -> R:
        """The record of that name; its defaults where none was kept."""
        found = self._conn.execute(select(self._table.c.record).where(self._table.c.name == name)).scalar()
        return kind.model_validate(found if found is not None else {})

    def put(self, name: str, record: Record) -> None:
        """Keeps a record under a name."""
        upsert(self._conn, self._table, [{"name": name, "record": record.model_dump(mode="json")}])
