"""Days of a policy's review, in the client's time zone (pure)."""

from __future__ import annotations

import calendar
from datetime import date, datetime

from advisor.budget import client_day


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where that day does not exist."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_review(now: datetime, timezone: str, months: int) -> date:
    """The day on which a policy that is published now is to be reviewed."""
    return months_later(client_day(now, timezone), months)
