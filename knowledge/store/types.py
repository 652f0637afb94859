"""Column types and the one mapping between a record and its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, Dialect, String, Table, TypeDecorator

from knowledge.records.base import Record

R = TypeVar("R", bound=Record)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime kept as ISO 8601 text in UTC with microseconds, so that text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the store")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else datetime.fromisoformat(value)


def row_of(record: Record, table: Table, /, **extra: Any) -> dict[str, Any]:
    """The row for a record: each column takes the field of its name; JSON columns take the field's JSON form.

    `extra` gives the columns that the record does not have (or overrides one).
    """
    as_json: dict[str, Any] | None = None
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name in extra:
            row[column.name] = extra[column.name]
        elif isinstance(column.type, JSON):
            as_json = as_json if as_json is not None else record.model_dump(mode="json")
            row[column.name] = as_json[column.name]
        else:
            row[column.name] = getattr(record, column.name)
    return row


def record_of(kind: type[R], row: Mapping[str, Any]) -> R:
    """The record in a row; columns that the record does not have are left out."""
    return kind.model_validate({name: row[name] for name in kind.model_fields if name in row})


def chunks(values: Iterable[Any], size: int = 500) -> Iterable[list[Any]]:
    """Slices for `IN (…)` lists: SQLite's default limit on variables is 32,766, PostgreSQL's 65,535."""
    batch: list[Any] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
