"""Waits grow, are bounded, and a rate limit is a rolling one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule import RollingLimit, in_words, next_check_at, parse_retry_after

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wait(failures: int = 0, jitter: float = 0.0, retry_after: timedelta | None = None, gone: bool = False) -> timedelta:
    at = next_check_at(NOW, interval=HOUR, failures=failures, jitter=jitter, retry_after=retry_after, gone=gone)
    return at - NOW


def test_success_waits_the_interval_and_failures_double() -> None:
    assert wait() == HOUR
    assert [wait(n) / timedelta(minutes=1) for n in range(1, 6)] == [10, 20, 40, 80, 160]
    assert wait(50) == timedelta(hours=24)
    assert wait(gone=True) == timedelta(hours=24)


def test_a_server_is_never_asked_sooner_than_it_wants_within_a_day() -> None:
    assert wait(1, retry_after=timedelta(hours=3)) == timedelta(hours=3)
    assert wait(1, retry_after=timedelta(minutes=1)) == timedelta(minutes=10)
    assert wait(1, retry_after=timedelta(days=3650)) == timedelta(hours=24)


@given(st.integers(0, 10_000), st.floats(0, 1), st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(days=9999))))
def test_always_in_the_future_and_never_past_a_day_and_a_bit(
    failures: int, jitter: float, asked: timedelta | None
) -> None:
    assert timedelta() < wait(failures, jitter, asked) <= timedelta(hours=24) * 1.1


def test_jitter_only_adds() -> None:
    assert wait(jitter=1.0) == HOUR * 1.1
    assert wait(jitter=99.0) == HOUR * 1.1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", timedelta()),
        (" 120 ", timedelta(minutes=2)),
        ("Fri, 07 Aug 2026 06:31:00 GMT", timedelta(minutes=1)),
        ("Fri, 07 Aug 2026 06:31:00", timedelta(minutes=1)),
        ("Thu, 06 Aug 2026 06:31:00 GMT", timedelta()),
        ("Fri, 07 Aug 9999 06:31:00 GMT", timedelta(hours=24)),
        ("", None),
        ("1.5", None),
        ("Fri, 99 Aug 2026 06:31:00 GMT", None),
        ("Fri, 07 Aug 99999 06:31:00 GMT", None),
    ],
)
def test_retry_after(value: str, expected: timedelta | None) -> None:
    assert parse_retry_after(value, NOW) == expected


@given(st.text(max_size=60))
def test_no_retry_after_makes_it_raise(value: str) -> None:
    found = parse_retry_after(value, NOW)
    assert found is None or timedelta() <= found <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (60, "1 minute"), (90, "90 seconds"), (600, "10 minutes"), (3600, "1 hour"),
     (86_400, "24 hours")],
)  # fmt: skip
def test_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_rolling_limit_sleeps_only_when_the_window_is_full() -> None:
    clock, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    limit = RollingLimit(5, 30.0, clock=lambda: clock[0], sleep=sleep)
    times = []
    for _ in range(12):
        limit.wait()
        times.append(clock[0])
        clock[0] += 1.0
    assert slept == [25.0, 25.0]
    for index in range(5, 12):
        assert times[index] - times[index - 5] >= 30.0
