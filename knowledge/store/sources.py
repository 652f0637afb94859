"""Sources and their state records."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from knowledge.errors import NotFoundError
from knowledge.records.source import Source, SourceState
from knowledge.store.rows import read_all, read_by_key, upsert
from knowledge.store.tables_shared import source_states, sources
from knowledge.store.types import row_of


class Sources:
    """Rows of `sources` and `source_states` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self) -> tuple[Source, ...]:
        """All sources by id."""
        return read_all(self._conn, sources, Source)

    def get(self, source_id: str) -> Source:
        """The source.

        Raises:
            NotFoundError: no such source.
        """
        found = read_by_key(self._conn, sources, Source, [source_id]).get(source_id)
        if found is None:
            raise NotFoundError("no such source", subject=source_id, hint="`vciso source list` shows them.")
        return found

    def put(self, source: Source) -> None:
        """Adds a source or replaces the one of the same id."""
        upsert(self._conn, sources, [row_of(source, sources)])

    def remove(self, source_id: str) -> None:
        """Removes a source and its state; what it brought stays."""
        self._conn.execute(delete(source_states).where(source_states.c.source_id == source_id))
        self._conn.execute(delete(sources).where(sources.c.id == source_id))

    def state(self, source_id: str) -> SourceState | None:
        """What is remembered of a source; None before its first check."""
        return read_by_key(self._conn, source_states, SourceState, [source_id]).get(source_id)

    def states(self) -> dict[str, SourceState]:
        """All states by source id."""
        ids = self._conn.execute(select(source_states.c.source_id)).scalars().all()
        return read_by_key(self._conn, source_states, SourceState, list(ids))

    def put_state(self, state: SourceState) -> None:
        """Keeps a source's state."""
        upsert(self._conn, source_states, [row_of(state, source_states)])
