"""When to ask a source again, and how long a server may make us wait: pure functions over `now`."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_WAIT = timedelta(hours=24)
"""No server and no row of failures silences a source for longer."""
FIRST_WAIT = timedelta(minutes=10)
JITTER = 0.1
"""Share of the wait that is added at most, so that many installations do not ask in the same second."""


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3: seconds or an HTTP date), cut to 0 .. 24 h; None if unreadable."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:12]), MAX_WAIT.total_seconds()))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), MAX_WAIT)


def next_check_at(
    now: datetime,
    *,
    interval: timedelta,
    failures: int,
    jitter: float,
    retry_after: timedelta | None = None,
    gone: bool = False,
) -> datetime:
    """Give the time of the next check.

    After success the interval; after the n-th failure in a row 10 min x 2^(n-1), never more than 24 h; never sooner
    than the server asked (itself cut to 24 h); once a day where the server says the address is gone for good.

    Args:
        interval: of the source.
        failures: failures in a row, this one included; 0 after success.
        jitter: 0 to 1, drawn by the caller; adds up to 10 % of the wait.
        retry_after: what the server asked for.
    """
    if gone:
        wait = MAX_WAIT
    elif failures <= 0:
        wait = interval
    else:
        wait = min(FIRST_WAIT * 2 ** min(failures - 1, 10), MAX_WAIT)
    wait = max(wait, min(retry_after or timedelta(), MAX_WAIT))
    return now + wait * (1 + JITTER * min(max(jitter, 0.0), 1.0))


def in_words(wait: timedelta) -> str:
    """Say a wait the way a person would: "40 seconds", "10 minutes", "3 hours"."""
    seconds = max(int(wait.total_seconds()), 0)
    for size, word in ((3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            count = round(seconds / size)
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


class RollingLimit:
    """At most `count` calls in any `seconds`; `wait` sleeps until the next one is allowed. Threads may share one.

    Args:
        clock: monotonic seconds.
        sleep: blocks for that many seconds.
    """

    def __init__(
        self, count: int, seconds: float, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._count, self._seconds = count, seconds
        self._clock, self._sleep = clock, sleep
        self._calls: deque[float] = deque()
        self._turn = threading.Lock()

    def wait(self) -> None:
        """Return once one more call is allowed, and count it."""
        with self._turn:
            if len(self._calls) == self._count:
                pause = self._calls.popleft() + self._seconds - self._clock()
                if pause > 0:
                    self._sleep(pause)
            self._calls.append(self._clock())
