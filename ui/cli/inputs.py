"""Turns what a person typed into records, with errors that name the option."""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from knowledge.errors import UsageError
from knowledge.records.base import Record

R = TypeVar("R", bound=Record)


def checked(kind: type[R], **values: Any) -> R:
    """A record of what was typed.

    Raises:
        UsageError: names the first value that cannot be used.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(message[:1].lower() + message[1:], subject=f"{name} {first['input']!r}"[:120]) from None


def checked_zone(name: str) -> str:
    """An IANA time zone name.

    Raises:
        UsageError: no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            "no such time zone", subject=name[:60], hint="Use an IANA name such as Europe/Berlin or America/Chicago."
        ) from None
    return name
