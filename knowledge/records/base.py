"""What every record has in common: frozen, closed to unknown fields, aware datetimes in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self

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

    # Most processes use a few of the records: each is built when it is first made, not when it is read.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def trusted(cls, values: dict[str, Any]) -> Self:
        """A record of values that our own code has just made, every field given and of its type: nothing is checked.

        For inner loops that make very many records of checked ones; `model_construct` costs as much as checking does.
        Never for values from outside: those go through the constructor. The record keeps the dict, so it must be new.
        """
        made = _new(cls)
        _put_values(made, values)
        _put_given(made, _GIVEN.get(cls) or _GIVEN.setdefault(cls, set(values)))
        _put_extra(made, None)
        _put_private(made, None)
        return made


# pydantic keeps a model in these four slots; their setters are reached past the frozen `__setattr__`.
_new = object.__new__
_put_values = BaseModel.__dict__["__dict__"].__set__
_put_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_put_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_put_private = BaseModel.__dict__["__pydantic_private__"].__set__
_GIVEN: dict[type[Record], set[str]] = {}
"""The names of the fields of each record, shared by its trusted instances (pydantic copies it before a change)."""
