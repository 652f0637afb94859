"""Exactly one brief a day: over restarts, both changes of summer time, clocks that are set, and sleep."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import schedule as module
from knowledge.clients import add_client, new_ref, remove_client
from knowledge.errors import UsageError
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.schedule import WEEKDAYS, Schedule, ScheduledRun
from knowledge.schedule import (
    RETRY_MINUTES,
    Due,
    claim_due,
    days_words,
    due_now,
    finish_run,
    late_words,
    missed_words,
    next_slot,
    parse_schedule,
    set_schedule,
    slot_of,
)

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
EVERY_DAY = Schedule(hour=6, minute=30, days=WEEKDAYS)


def client(zone: str = NEW_YORK, schedule: Schedule | None = EVERY_DAY, name: str = "alpha") -> Client:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return Client(id=name, ref=f"c-{name}", name=name.title(), timezone=zone, schedule=schedule, created_at=created)


def run(day: date, state: str = "done", **changes: object) -> ScheduledRun:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    values: dict[str, object] = {"client_ref": "c-alpha", "day": day, "slot_at": at, "state": state,
                                 "claimed_by": "other", "started_at": at}  # fmt: skip
    return ScheduledRun.model_validate(values | changes)


def due(one: Client, runs: list[ScheduledRun], now: datetime) -> Due | None:
    found = due_now([one], runs, now, process="me")
    return found[0] if found else None


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("at", "days", "expected"),
    [
        ("06:30", "mon-fri", (6, 30, ("mon", "tue", "wed", "thu", "fri"))),
        (" 6:05 ", "Mon, Wed,FRI", (6, 5, ("mon", "wed", "fri"))),
        ("23:59", "sun-thu", (23, 59, ("mon", "tue", "wed", "thu", "sun"))),
        ("00:00", "saturday", (0, 0, ("sat",))),
        ("7:00", "fri-mon,wed", (7, 0, ("mon", "wed", "fri", "sat", "sun"))),
    ],
)
def test_what_a_person_types(at: str, days: str, expected: tuple[int, int, tuple[str, ...]]) -> None:
    found = parse_schedule(at, days)
    assert (found.hour, found.minute, found.days) == expected


@pytest.mark.parametrize(
    ("at", "days"),
    [("24:00", "mon"), ("6", "mon"), ("6:5", "mon"), ("06:60", "mon"), ("six", "mon"), ("", "mon"), ("٠٦:٣٠", "mon"),
     ("06:30", ""), ("06:30", "mon-"), ("06:30", "-fri"), ("06:30", "monkey"), ("06:30", "mon;fri"), ("06:30", ",")],
)  # fmt: skip
def test_what_is_none_is_named(at: str, days: str) -> None:
    with pytest.raises(UsageError, match="Write"):
        parse_schedule(at, days)


def test_days_in_words() -> None:
    assert days_words(parse_schedule("6:00").days) == "mon-fri"
    assert days_words(parse_schedule("6:00", "mon,wed").days) == "mon, wed"
    assert days_words(parse_schedule("6:00", "sun-thu").days) == "mon, tue, wed, thu, sun"
    assert days_words(WEEKDAYS) == "every day"


def test_c29_spring_an_hour_that_does_not_exist_is_the_moment_after_the_change() -> None:
    early = Schedule(hour=2, minute=30, days=WEEKDAYS)
    slot = slot_of(early, ZoneInfo(NEW_YORK), date(2026, 3, 8))
    assert slot == datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "03:30 of the summer time"
    assert slot_of(early, ZoneInfo(NEW_YORK), date(2026, 3, 7)) == datetime(2026, 3, 7, 7, 30, tzinfo=UTC)
    assert slot_of(early, ZoneInfo(NEW_YORK), date(2026, 3, 9)) == datetime(2026, 3, 9, 6, 30, tzinfo=UTC)


def test_c29_autumn_an_hour_that_comes_twice_is_the_first() -> None:
    early = Schedule(hour=1, minute=30, days=WEEKDAYS)
    assert slot_of(early, ZoneInfo(NEW_YORK), date(2026, 11, 1)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    one = client(schedule=early)
    first = due(one, [], datetime(2026, 11, 1, 5, 31, tzinfo=UTC))
    assert first is not None
    second_time = datetime(2026, 11, 1, 6, 31, tzinfo=UTC)  # 01:31 again
    assert due(one, [run(first.day)], second_time) is None


@pytest.mark.parametrize("zone", [NEW_YORK, BERLIN, "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Pacific/Apia"])
@pytest.mark.parametrize("hour", [0, 1, 2, 3, 6, 23])
def test_c29_a_year_minute_by_minute_has_one_run_a_day(zone: str, hour: int) -> None:
    """Asked every ten minutes for a year over both changes: as many runs as days, each on its own day."""
    now, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    one = client(zone, Schedule(hour=hour, minute=30, days=WEEKDAYS, since=now))
    runs: list[ScheduledRun] = []
    while now < end:
        found = due(one, runs[-3:], now)
        if found is not None:
            assert not found.late
            assert not found.missed
            runs.append(run(found.day, slot_at=found.slot_at))
        now += timedelta(minutes=10)
    days = [one.day for one in runs]
    assert len(days) == len(set(days))
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))], "no day is left out"
    assert len(days) in {274, 275, 276}


def test_c29_asleep_at_the_hour_it_comes_late_and_says_so() -> None:
    woke = local(NEW_YORK, 2026, 8, 7, 9, 40)
    found = due(client(), [run(date(2026, 8, 6))], woke)
    assert found is not None
    assert found.late == timedelta(hours=3, minutes=10)
    assert late_words(found) == "Late by 3 hours: it was due at 06:30, when this machine was off, asleep or busy."
    assert missed_words(found) == ()
    in_time = due(client(), [run(date(2026, 8, 6))], local(NEW_YORK, 2026, 8, 7, 6, 44))
    assert in_time is not None
    assert late_words(in_time) == ""
    short = due(client(), [], local(NEW_YORK, 2026, 8, 7, 6, 50))
    assert short is not None
    assert "Late by 20 minutes" in late_words(short)


def test_days_that_passed_are_named_and_not_made_up() -> None:
    since = local(NEW_YORK, 2026, 8, 1, 0, 0)
    workdays = parse_schedule("06:30").model_copy(update={"since": since})
    monday = local(NEW_YORK, 2026, 8, 10, 6, 31)
    found = due(client(schedule=workdays), [run(date(2026, 8, 5))], monday)
    assert found is not None
    assert found.missed == (date(2026, 8, 6), date(2026, 8, 7)), "the weekend was never due"
    assert missed_words(found) == (
        "No brief was written on Thursday 6 August, Friday 7 August: this one covers the time since the last.",
    )
    long_away = due(client(schedule=workdays), [], local(NEW_YORK, 2026, 8, 14, 6, 31))
    assert long_away is not None
    assert "and 6 earlier days" in missed_words(long_away)[0]
    on_saturday = local(NEW_YORK, 2026, 8, 8, 9, 0)
    assert due(client(schedule=workdays), [], on_saturday) is None


def test_c29_a_clock_that_is_set_back_gives_no_second_brief() -> None:
    friday, thursday = date(2026, 8, 7), date(2026, 8, 6)
    back_an_hour = local(NEW_YORK, 2026, 8, 7, 6, 0)
    assert due(client(), [run(thursday), run(friday)], back_an_hour) is None
    assert due(client(), [run(friday)], local(NEW_YORK, 2026, 8, 7, 6, 31)) is None
    back_a_day = local(NEW_YORK, 2026, 8, 6, 7, 0)
    assert due(client(), [run(friday)], back_a_day) is None, "nor one of the day before it"


def test_a_clock_that_ran_ahead_silences_nothing_for_long() -> None:
    ahead = run(date(2030, 1, 1))
    found = due(client(), [ahead], local(NEW_YORK, 2026, 8, 7, 6, 31))
    assert found is not None
    assert found.missed == ()


def test_a_schedule_set_after_the_hour_begins_tomorrow() -> None:
    at = local(NEW_YORK, 2026, 8, 7, 10, 0)
    one = client(schedule=EVERY_DAY.model_copy(update={"since": at}))
    assert due(one, [], at + timedelta(minutes=5)) is None
    assert next_slot(one, [], at) == local(NEW_YORK, 2026, 8, 8, 6, 30)
    tomorrow = due(one, [], local(NEW_YORK, 2026, 8, 8, 6, 30))
    assert tomorrow is not None
    assert tomorrow.missed == ()


def test_who_is_never_due() -> None:
    now = local(NEW_YORK, 2026, 8, 7, 7, 0)
    assert due(client(schedule=None), [], now) is None
    assert due(client().model_copy(update={"status": "archived"}), [], now) is None
    assert next_slot(client(schedule=None), [], now) is None
    assert due(client(), [run(date(2026, 8, 7), "failed")], now) is None
    waiting = run(date(2026, 8, 7), "waiting", next_try_at=now + timedelta(minutes=1))
    assert due(client(), [waiting], now) is None
    again = due(client(), [waiting], now + timedelta(minutes=1))
    assert again is not None
    assert again.attempt == 2
    assert due(client(), [run(date(2026, 8, 7), "running", claimed_by="me")], now) is None, "in hand here"
    taken_up = due(client(), [run(date(2026, 8, 7), "running")], now)
    assert taken_up is not None, "in hand of a process that is gone"


def test_the_order_is_that_of_the_hours() -> None:
    now = datetime(2026, 8, 7, 23, 0, tzinfo=UTC)
    late = client("UTC", Schedule(hour=9, days=WEEKDAYS), "aa")
    early = client("UTC", Schedule(hour=7, days=WEEKDAYS), "zz")
    assert [one.client.id for one in due_now([late, early], [], now, process="me")] == ["zz", "aa"]


@given(
    st.lists(st.integers(min_value=-200_000, max_value=200_000), min_size=5, max_size=60),
    st.sampled_from([NEW_YORK, BERLIN, "UTC"]),
)
@settings(max_examples=80, deadline=None)
def test_however_the_clock_jumps_no_day_has_two(steps: list[int], zone: str) -> None:
    one = client(zone)
    now = datetime(2026, 3, 6, tzinfo=UTC)
    runs: list[ScheduledRun] = []
    for seconds in steps:
        now += timedelta(seconds=seconds)
        found = due(one, runs, now)
        if found is not None:
            assert found.day not in {past.day for past in runs}
            runs.append(run(found.day))


# ---- with the rows


@pytest.fixture
def morning() -> datetime:
    return local(NEW_YORK, 2026, 8, 7, 6, 30)


@pytest.fixture
def scheduled(places: Places, now: datetime) -> Places:
    for name in ("alpha", "beta"):
        made = Client(id=name, ref=new_ref(), name=f"Firm {name}", timezone=NEW_YORK, created_at=now)
        add_client(places, made, now)
        set_schedule(places, name, parse_schedule("06:30"), now - timedelta(days=1))
    return places


def test_a_claim_is_made_once_and_kept(scheduled: Places, morning: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    found = claim_due(scheduled, morning)
    assert [one.client.id for one in found] == ["alpha", "beta"]
    assert claim_due(scheduled, morning) == ()
    finish_run(scheduled, found[0], morning)
    monkeypatch.setattr(module, "process_token", lambda: "the next process")
    (again,) = claim_due(scheduled, morning + timedelta(minutes=3))
    assert (again.client.id, again.attempt) == ("beta", 2)
    assert finish_run(scheduled, again, morning).state == "done"
    assert claim_due(scheduled, morning + timedelta(hours=5)) == ()
    (first, second) = claim_due(scheduled, morning + timedelta(days=3))
    assert (first.day, second.day) == (date(2026, 8, 10), date(2026, 8, 10))


def test_failures_are_tried_again_and_end(scheduled: Places, morning: datetime) -> None:
    now = morning
    waits = []
    for _ in range(len(RETRY_MINUTES) + 1):
        found = {one.client.id: one for one in claim_due(scheduled, now)}
        ended = finish_run(scheduled, found["alpha"], now, reason="the disk is full")
        if "beta" in found:
            finish_run(scheduled, found["beta"], now)
        waits.append((ended.next_try_at - now) // timedelta(minutes=1) if ended.next_try_at else None)
        now = ended.next_try_at or now
    assert waits == [*RETRY_MINUTES, None]
    assert claim_due(scheduled, now + timedelta(hours=3)) == ()
    with scheduled.shared().read() as unit:
        rows = [row for row in unit.audit.rows() if row.action.startswith("schedule.")]
    assert [row.action for row in rows].count("schedule.done") == 1
    assert "alpha" not in "".join(row.model_dump_json() for row in rows)


def test_a_day_that_kills_every_process_is_given_up(
    scheduled: Places, morning: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        monkeypatch.setattr(module, "process_token", lambda number=number: f"process {number}")
        if not claim_due(scheduled, morning):
            break
    assert number == len(RETRY_MINUTES) + 1
    with scheduled.shared().read() as unit:
        assert {one.state for one in unit.runs.since(date(2026, 8, 7))} == {"failed"}


def test_a_removed_client_leaves_no_run(scheduled: Places, morning: datetime) -> None:
    claim_due(scheduled, morning)
    remove_client(scheduled, "alpha", morning)
    with scheduled.shared().read() as unit:
        (left,) = unit.runs.since(date(2026, 1, 1))
    assert left.client_ref == scheduled.profile("beta").ref
