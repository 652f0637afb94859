"""When a client's brief is written, and how each day's run stands."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from knowledge.records.base import Record, UtcDatetime

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Schedule(Record):
    """Hour and days of a client's brief, in the client's own time zone."""

    hour: Annotated[int, Field(ge=0, le=23)]
    minute: Annotated[int, Field(ge=0, le=59)] = 0
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    since: UtcDatetime | None = None
    """When it was set: hours before that are nobody's omission."""

    @field_validator("days")
    @classmethod
    def _in_order(cls, value: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if not value:
            raise ValueError("a schedule needs a day")
        return tuple(day for day in WEEKDAYS if day in value)


RunState = Literal["running", "done", "waiting", "failed"]
"""`waiting`: to be tried again at `next_try_at`; `failed`: not tried again that day."""


class ScheduledRun(Record):
    """One client's scheduled brief of one day; kept in the shared place without a word about the client."""

    client_ref: str
    day: date
    """In the client's time zone."""
    slot_at: UtcDatetime
    """When it should have been."""
    state: RunState
    attempts: Annotated[int, Field(ge=1)] = 1
    claimed_by: str
    """Which process has it in hand."""
    started_at: UtcDatetime
    finished_at: UtcDatetime | None = None
    next_try_at: UtcDatetime | None = None
    reason: Annotated[str, Field(max_length=300)] = ""
    """Kind of the failure, never a client's text."""
