"""The few statements that every aggregate needs: upsert, read by key, read all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects.sqlite import insert

from knowledge.records.base import Record
from knowledge.store.types import chunks, record_of

R = TypeVar("R", bound=Record)


def upsert(conn: Connection, table: Table, rows: Sequence[dict[str, Any]], *, keep: Collection[str] = ()) -> None:
    """Inserts rows; where the key exists, replaces every other column except those in `keep`."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys and c.name not in keep}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    for batch in chunks(rows):
        conn.execute(statement, batch)


def read_by_key(conn: Connection, table: Table, kind: type[R], values: Collection[str]) -> dict[str, R]:
    """Records by the table's single key column, for those of `values` that exist."""
    key = next(iter(table.primary_key))
    found: dict[str, R] = {}
    for batch in chunks(sorted(values)):
        for row in conn.execute(select(table).where(key.in_(batch))).mappings():
            found[row[key.name]] = record_of(kind, dict(row))
    return found


def read_all(conn: Connection, table: Table, kind: type[R], *where: Any, order_by: Any = None) -> tuple[R, ...]:
    """All records of a table that meet `where`, in key order unless told otherwise."""
    order = order_by if order_by is not None else next(iter(table.primary_key))
    rows = conn.execute(select(table).where(*where).order_by(order)).mappings()
    return tuple(record_of(kind, dict(row)) for row in rows)
