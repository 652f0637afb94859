"""CSAF advisories."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from knowledge.records.advisory import Advisory
from knowledge.store.rows import read_all, read_by_key, upsert
from knowledge.store.tables_shared import advisories
from knowledge.store.types import row_of


class Advisories:
    """Rows of `advisories` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def by_id(self, ids: Collection[str]) -> dict[str, Advisory]:
        """The kept advisories among `ids`."""
        return read_by_key(self._conn, advisories, Advisory, ids)

    def changed_since(self, since: datetime | None) -> tuple[Advisory, ...]:
        """Advisories that this place first saw or saw changed at or after `since` (None: all), by id."""
        where = () if since is None else (advisories.c.changed_at >= since,)
        return read_all(self._conn, advisories, Advisory, *where)

    def put(self, records: Sequence[Advisory], *, changed_at: datetime) -> None:
        """Keeps advisories by id."""
        upsert(self._conn, advisories, [row_of(record, advisories, changed_at=changed_at) for record in records])
