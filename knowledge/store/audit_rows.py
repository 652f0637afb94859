"""The audit chain of one place: append and read, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from knowledge.audit import ChainHead, seal
from knowledge.records.audit import AuditRow
from knowledge.store.types import record_of, row_of


class AuditRows:
    """Rows of one chain inside one transaction, so that a change and its trace are kept together."""

    def __init__(self, conn: Connection, table: Table, actor: str) -> None:
        self._conn = conn
        self._table = table
        self._actor = actor

    def append(self, at: datetime, action: str, subject: str, **detail: Any) -> AuditRow:
        """Adds the next row. `detail` is plain JSON and never a secret."""
        row = seal(self.head(), at=at, actor=self._actor, action=action, subject=subject, detail=detail)
        self._conn.execute(insert(self._table).values(row_of(row, self._table)))
        return row

    def head(self) -> ChainHead | None:
        """Number and hash of the last row; None for an empty chain."""
        columns = (self._table.c.seq, self._table.c.hash)
        last = self._conn.execute(select(*columns).order_by(self._table.c.seq.desc()).limit(1)).first()
        return ChainHead(seq=last[0], hash=last[1]) if last else None

    def count(self, action: str, since: datetime, *, actor: str = "") -> int:
        """How many rows of an action there are since then, of one actor where one is named."""
        where = [self._table.c.action == action, self._table.c.at > since]
        if actor:
            where.append(self._table.c.actor == actor)
        return int(self._conn.execute(select(func.count()).select_from(self._table).where(*where)).scalar_one())

    def rows(self, *, last: int | None = None) -> Iterator[AuditRow]:
        """The chain in order, or its last `last` rows in order."""
        order = select(self._table).order_by(self._table.c.seq)
        if last is not None:
            top = self._conn.execute(
                select(self._table.c.seq).order_by(self._table.c.seq.desc()).offset(max(last - 1, 0)).limit(1)
            ).scalar()
            if top is not None:
                order = order.where(self._table.c.seq >= top)
        for row in self._conn.execute(order).mappings():
            yield record_of(AuditRow, dict(row))
