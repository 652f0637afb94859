"""When a client's brief is due: pure rules over the clock, and the rows that make it exactly one a day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from knowledge.clients import update_client
from knowledge.errors import UsageError
from knowledge.outbox import process_token
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.client import Client
from knowledge.records.schedule import WEEKDAYS, Schedule, ScheduledRun, Weekday

GRACE: Final = timedelta(minutes=15)
"""A brief that starts later than this is marked late."""
RETRY_MINUTES: Final = (2, 5, 15, 30, 60)
"""Wait after a run that failed; after the last one the day is given up."""
LOOK_BACK: Final = timedelta(days=35)
"""How far back days without a brief are counted."""

_NUMBERS: Final = {name: number for number, name in enumerate(WEEKDAYS)} | {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
}
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Due:
    """One client whose brief is to be written now."""

    client: Client
    day: date
    slot_at: datetime
    attempt: int
    late: timedelta
    """How long after its hour it starts; zero where that is within the grace."""
    missed: tuple[date, ...] = ()
    """Scheduled days before it, since the last brief by schedule, that have none."""


def parse_schedule(at: str, days: str = "mon-fri") -> Schedule:
    """A schedule from `06:30` and `mon-fri`, `mon,wed,fri` or `sun-thu` (a range may go over the week's end).

    Raises:
        UsageError: not a time of day, not days.
    """
    found = _TIME.fullmatch(at.strip())
    if found is None:
        raise UsageError("is not a time of day", subject=at[:40], hint="Write it as 06:30.")
    return Schedule(hour=int(found[1]), minute=int(found[2]), days=_parse_days(days))


def _parse_days(text: str) -> tuple[Weekday, ...]:
    wrong = UsageError("are not days of the week", subject=text[:60], hint="Write mon-fri, or mon,wed,fri.")
    chosen: set[Weekday] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        start = _NUMBERS.get(first)
        end = _NUMBERS.get(last) if dash else start
        if start is None or end is None:
            raise wrong
        chosen |= {WEEKDAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)}
    return tuple(day for day in WEEKDAYS if day in chosen)


def days_words(days: Sequence[Weekday]) -> str:
    """Days the short way: `mon-fri`, `mon, wed, fri`, `every day`."""
    if len(days) == len(WEEKDAYS):
        return "every day"
    numbers = [WEEKDAYS.index(day) for day in days]
    if len(days) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{days[0]}-{days[-1]}"
    return ", ".join(days)


def set_schedule(places: Places, client_id: ClientId, schedule: Schedule | None, now: datetime) -> Client:
    """Sets when a client's brief is written by itself; None: not any more. For owners of the client.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: whoever acts is no owner of it.
    """
    client = places.require(client_id, "own")
    stamped = schedule.model_copy(update={"since": now}) if schedule else None
    return update_client(places, client.model_copy(update={"schedule": stamped}), now)


def slot_of(schedule: Schedule, zone: tzinfo, day: date) -> datetime | None:
    """The moment of a day's brief in UTC; None on a day without one.

    An hour that the change to summer time skips becomes the same moment after the change (02:30 reads 03:30); one
    that the change back repeats means the first of the two.
    """
    if WEEKDAYS[day.weekday()] not in schedule.days:
        return None
    local = datetime.combine(day, time(schedule.hour, schedule.minute), tzinfo=zone)
    return local.replace(fold=0).astimezone(UTC)


def next_slot(client: Client, runs: Iterable[ScheduledRun], now: datetime) -> datetime | None:
    """When the client's next brief is due, which may be already past; None without a schedule."""
    if client.schedule is None or client.status != "active":
        return None
    zone = ZoneInfo(client.timezone)
    today = now.astimezone(zone).date()
    own = [run for run in runs if run.client_ref == client.ref]
    for offset in range(9):
        day = today + timedelta(days=offset)
        slot = slot_of(client.schedule, zone, day)
        if slot is not None and slot >= (client.schedule.since or slot) and not _settled(own, day):
            return max(slot, _waits_until(own, day) or slot)
    return None


def _waits_until(own: Sequence[ScheduledRun], day: date) -> datetime | None:
    return next((run.next_try_at for run in own if run.day == day and run.state == "waiting"), None)


def _settled(own: Sequence[ScheduledRun], day: date) -> bool:
    """Whether a day needs no brief any more: it had one, was given up, or a later day had one already.

    A row for the day after tomorrow or later comes from a clock that was wrong, and holds nothing up.
    """
    ahead = day + timedelta(days=1)
    return any(run.day == day and run.state in ("done", "failed") for run in own) or any(
        day < run.day <= ahead and run.state == "done" for run in own
    )


def due_now(clients: Iterable[Client], runs: Iterable[ScheduledRun], now: datetime, *, process: str) -> tuple[Due, ...]:
    """Which clients' briefs are to be written now, in the order of their hours; pure.

    Only today's is ever written: a day that passed without one is named in the next brief instead, because a brief of
    yesterday written today would say what nobody can act on any more. A run that another process left half done is
    taken up; one that this process has in hand is left alone.

    Args:
        clients: active ones.
        runs: of the last days.
        now: the time.
        process: name of this process.
    """
    by_ref: dict[str, list[ScheduledRun]] = {}
    for run in runs:
        by_ref.setdefault(run.client_ref, []).append(run)
    found = []
    for client in clients:
        if client.schedule is None or client.status != "active":
            continue
        zone = ZoneInfo(client.timezone)
        today = now.astimezone(zone).date()
        slot = slot_of(client.schedule, zone, today)
        own = by_ref.get(client.ref, [])
        if slot is None or now < slot or slot < (client.schedule.since or slot) or _settled(own, today):
            continue
        current = next((run for run in own if run.day == today), None)
        if current is not None and current.state == "running" and current.claimed_by == process:
            continue
        if current is not None and current.state == "waiting" and (current.next_try_at or now) > now:
            continue
        late = now - slot
        found.append(
            Due(
                client=client,
                day=today,
                slot_at=slot,
                attempt=current.attempts + 1 if current else 1,
                late=late if late > GRACE else timedelta(),
                missed=_missed(client.schedule, zone, own, today),
            )
        )
    return tuple(sorted(found, key=lambda due: (due.slot_at, due.client.id)))


def _missed(schedule: Schedule, zone: tzinfo, own: Sequence[ScheduledRun], today: date) -> tuple[date, ...]:
    done = [run.day for run in own if run.state == "done" and run.day < today]
    since = schedule.since.astimezone(zone).date() if schedule.since else today
    first = max([day + timedelta(days=1) for day in done] + [since, today - LOOK_BACK])
    days = [first + timedelta(days=step) for step in range((today - first).days)]
    return tuple(
        day for day in days if (slot := slot_of(schedule, zone, day)) is not None and slot >= (schedule.since or slot)
    )


def late_words(due: Due) -> str:
    """That the brief is late, and by how much; empty where it is not."""
    if not due.late:
        return ""
    hour = due.slot_at.astimezone(ZoneInfo(due.client.timezone))
    minutes = round(due.late.total_seconds() / 60)
    long = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    return f"Late by {long}: it was due at {hour:%H:%M}, when this machine was off, asleep or busy."


def missed_words(due: Due) -> tuple[str, ...]:
    """One sentence for the days without a brief before this one."""
    if not due.missed:
        return ()
    shown = [f"{day:%A} {day.day} {day:%B}" for day in due.missed[-3:]]
    more = len(due.missed) - len(shown)
    days = ", ".join(shown) + (f" and {more} earlier {'day' if more == 1 else 'days'}" if more else "")
    return (f"No brief was written on {days}: this one covers the time since the last.",)


def claim_due(places: Places, now: datetime) -> tuple[Due, ...]:
    """Takes in hand what is due; the rows are on disk before this returns.

    A day that was tried too often, by processes that died over it too, is given up.
    """
    with places.shared().write() as unit:
        runs = unit.runs.since((now - LOOK_BACK).date())
        found = []
        for due in due_now(unit.clients.list(), runs, now, process=process_token()):
            given_up = due.attempt > len(RETRY_MINUTES) + 1
            unit.runs.put(
                ScheduledRun(
                    client_ref=due.client.ref,
                    day=due.day,
                    slot_at=due.slot_at,
                    state="failed" if given_up else "running",
                    attempts=due.attempt,
                    claimed_by=process_token(),
                    started_at=now,
                    finished_at=now if given_up else None,
                    reason="given up: the copilot ended before it was done, each time" if given_up else "",
                )
            )
            if not given_up:
                found.append(due)
    return tuple(found)


def finish_run(places: Places, due: Due, now: datetime, *, reason: str = "") -> ScheduledRun:
    """Writes down how a run ended.

    Args:
        places: the open home.
        due: what was claimed.
        now: when it ended.
        reason: kind of the failure, empty where it was done; tried again until the tries are used up.
    """
    with places.shared().write() as unit:
        run = unit.runs.get(due.client.ref, due.day)
        if run is None:
            raise UsageError("was never claimed", subject=f"{due.client.id} {due.day}")
        changes: Mapping[str, object]
        if not reason:
            changes = {"state": "done", "finished_at": now, "reason": "", "next_try_at": None}
        elif run.attempts > len(RETRY_MINUTES):
            changes = {"state": "failed", "finished_at": now, "reason": reason[:300], "next_try_at": None}
        else:
            wait = timedelta(minutes=RETRY_MINUTES[run.attempts - 1])
            changes = {"state": "waiting", "reason": reason[:300], "next_try_at": now + wait}
        ended = run.model_copy(update=dict(changes))
        unit.runs.put(ended)
        unit.audit.append(now, f"schedule.{ended.state}", due.client.ref, day=f"{due.day:%Y-%m-%d}", tries=run.attempts)
    return ended
