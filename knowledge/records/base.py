"""What every record has in common: frozen, closed to unknown fields, aware datetimes in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _to_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a datetime needs a time zone")
    return value.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(_to_utc)]
"""An aware datetime, converted to UTC; a naive one is refused."""

ClientId = str
"""Slug of a client: 1 to 40 of `a-z 0-9 -`, starts with a letter. Names the place on disk."""

CveId = str
"""`CVE-YYYY-NNNN…`, upper case."""


class Record(BaseModel):
    """A frozen value. Unknown fields are an error, so a typo never becomes silent data loss."""

    model_config = ConfigDict(frozen=True, extra="forbid")
