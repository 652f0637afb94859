"""News items and what they said before an edit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from knowledge.records.news import NewsItem, NewsRevision
from knowledge.store.rows import read_all, read_by_key, upsert
from knowledge.store.tables_shared import news_items, news_revisions
from knowledge.store.types import row_of


class News:
    """Rows of `news_items` and `news_revisions` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def by_id(self, ids: Collection[str]) -> dict[str, NewsItem]:
        """The kept items among `ids`."""
        return read_by_key(self._conn, news_items, NewsItem, ids)

    def since(self, since: datetime | None) -> tuple[NewsItem, ...]:
        """Items whose `last_changed_at` is at or after `since` (None: all), newest first."""
        where = () if since is None else (news_items.c.last_changed_at >= since,)
        return read_all(self._conn, news_items, NewsItem, *where, order_by=(news_items.c.last_changed_at.desc()))

    def put(self, items: Sequence[NewsItem], revisions: Sequence[NewsRevision] = ()) -> None:
        """Keeps items by id, and appends the revisions of those that were edited."""
        upsert(self._conn, news_items, [row_of(item, news_items) for item in items], keep=("first_seen_at",))
        upsert(self._conn, news_revisions, [row_of(revision, news_revisions) for revision in revisions])

    def revisions(self, item_id: str) -> tuple[NewsRevision, ...]:
        """What an item said before, oldest first."""
        return read_all(
            self._conn,
            news_revisions,
            NewsRevision,
            news_revisions.c.item_id == item_id,
            order_by=news_revisions.c.replaced_at,
        )

    def count(self) -> int:
        """How many items are kept."""
        return int(self._conn.execute(select(func.count()).select_from(news_items)).scalar_one())
