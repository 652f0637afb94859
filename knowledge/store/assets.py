"""A client's assets and third parties."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete

from knowledge.records.asset import Asset, ThirdParty
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_client import assets, third_parties
from knowledge.store.types import chunks, row_of


class Assets:
    """Rows of `assets` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self) -> tuple[Asset, ...]:
        """All assets by id."""
        return read_all(self._conn, assets, Asset)

    def put(self, records: Sequence[Asset]) -> None:
        """Keeps assets by id."""
        upsert(self._conn, assets, [row_of(record, assets) for record in records])

    def remove(self, ids: Collection[str]) -> None:
        """Removes assets; missing ones are fine."""
        for batch in chunks(ids):
            self._conn.execute(delete(assets).where(assets.c.id.in_(batch)))


class ThirdParties:
    """Rows of `third_parties` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self) -> tuple[ThirdParty, ...]:
        """All third parties by id."""
        return read_all(self._conn, third_parties, ThirdParty)

    def put(self, records: Sequence[ThirdParty]) -> None:
        """Keeps third parties by id."""
        upsert(self._conn, third_parties, [row_of(record, third_parties) for record in records])

    def remove(self, ids: Collection[str]) -> None:
        """Removes third parties; missing ones are fine."""
        for batch in chunks(ids):
            self._conn.execute(delete(third_parties).where(third_parties.c.id.in_(batch)))
