"""One scheduled run: reads the sources, writes and delivers the briefs that are due, and says how each ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from advisor.brief.portfolio import compose_portfolio
from advisor.morning import Said, run_morning
from knowledge.errors import VcisoError
from knowledge.places import Places
from knowledge.records.base import ClientId, Record
from knowledge.records.brief import Brief, Portfolio
from knowledge.records.client import Client
from knowledge.records.schedule import ScheduledRun
from knowledge.schedule import LOOK_BACK, Due, claim_due, finish_run, late_words, missed_words, slot_of
from ui.deliver.files import write_brief, write_portfolio
from ui.deliver.send import Channels, Delivered, deliver_due, queue_brief, queue_portfolio

_MARK: Final = "portfolio-queued"
ReadSources = Callable[[Places, datetime], Sequence[str]]
"""Reads the sources that are due; gives a sentence for each one that failed."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with.

    Args:
        read_sources: the refresh.
        channels: how messages leave.
        clock: the time, aware.
        stop: set by whoever wants the run to end at the next good place.
    """

    read_sources: ReadSources
    channels: Channels
    clock: Callable[[], datetime]
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class Ended:
    """How the run of one client ended."""

    due: Due
    run: ScheduledRun
    headline: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did."""

    ended: tuple[Ended, ...]
    delivered: Delivered
    trouble: tuple[str, ...] = ()
    """What went wrong besides: sources as a whole, the portfolio page."""

    @property
    def idle(self) -> bool:
        """Nothing was due and nothing waited."""
        return not (self.ended or self.delivered.entries or self.delivered.failed or self.trouble)


def run_due(places: Places, tools: Tools, *, outboxes: bool = True) -> Report:
    """Writes and delivers what is due, then whatever else waits in the outboxes.

    Args:
        places: the open home.
        tools: what a run works with.
        outboxes: look into every outbox although no brief is due.

    What is in hand is written down before it begins, so that a run that dies is taken up by the next process, and a
    message that left is never sent again (see `knowledge.outbox`). One client that fails stops no other.

    Raises:
        BusyError: another process has the shared place; nothing was begun.
    """
    now = tools.clock()
    dues = claim_due(places, now)
    trouble: list[str] = []
    ended: list[Ended] = []
    if dues:
        try:
            notices = _read(places, tools, now, trouble)
            if not tools.stop.is_set():
                briefs, failed = _write(places, dues, notices, now)
                for due in dues:
                    ended.append(_finish(places, due, briefs.get(due.client.id), failed.get(due.client.id, ""), tools))
        finally:
            done = {one.due.client.id for one in ended}
            for due in dues:
                if due.client.id not in done:
                    with suppress(VcisoError):  # the disk that refused the brief may refuse this too
                        finish_run(places, due, tools.clock(), reason="stopped before it was done")
    if not tools.stop.is_set():
        outboxes = _portfolio(places, now, trouble, always=bool(dues)) or bool(dues) or outboxes
    if tools.stop.is_set() or not outboxes:
        return Report(tuple(ended), Delivered((), {}), tuple(trouble))
    return Report(tuple(ended), deliver_due(places, tools.channels, tools.clock, stop=tools.stop), tuple(trouble))


def _read(places: Places, tools: Tools, now: datetime, trouble: list[str]) -> tuple[str, ...]:
    """Reads the sources; where that fails as a whole, the briefs are written from what is there, and say so."""
    try:
        tools.read_sources(places, now)
    except VcisoError as error:
        trouble.append(f"The sources were not read: {error}")
        return (f"The sources could not be read before this brief was written: {error.message}.",)
    except Exception as error:  # noqa: BLE001 - whatever a source trips over, the morning goes on
        trouble.append(f"The sources were not read: unexpected {type(error).__name__}")
        return ("The sources could not be read before this brief was written.",)
    return ()


def _write(
    places: Places, dues: Sequence[Due], notices: tuple[str, ...], now: datetime
) -> tuple[dict[ClientId, Brief], dict[ClientId, str]]:
    said = {due.client.id: Said(late_words(due), (*missed_words(due), *notices)) for due in dues}
    ids = [due.client.id for due in dues]
    try:
        morning = run_morning(places, now=now, clients=ids, said=said)
        return {brief.client_id: brief for brief in morning.briefs}, dict(morning.portfolio.failed)
    except Exception as error:  # noqa: BLE001 - one client's data must not cost the others their morning
        if len(ids) == 1:
            return {}, {ids[0]: _reason(error)}
    briefs: dict[ClientId, Brief] = {}
    failed: dict[ClientId, str] = {}
    for due in dues:
        one, trouble = _write(places, [due], notices, now)
        briefs |= one
        failed |= trouble
    return briefs, failed


def _finish(places: Places, due: Due, brief: Brief | None, reason: str, tools: Tools) -> Ended:
    if brief is not None:
        try:
            write_brief(places, brief)
            with places.client(due.client.id) as place:
                queue_brief(place, brief, tools.clock())
        except VcisoError as error:
            reason = _reason(error)
    elif not reason:
        reason = "no brief came of it"
    run = finish_run(places, due, tools.clock(), reason=reason)
    return Ended(due, run, brief.headline if brief and not reason else "")


def _reason(error: Exception) -> str:
    # Without the subject: the row stands in the shared place, where no client is named.
    return error.message if isinstance(error, VcisoError) else f"unexpected {type(error).__name__}"


class PortfolioMark(Record):
    """The last day whose portfolio page was put in the outbox."""

    day: date | None = None


def _portfolio(places: Places, now: datetime, trouble: list[str], *, always: bool) -> bool:
    """Writes the page over today's briefs; queues it once every client whose hour is today had its turn.

    Asked at each run, so that a kill between the last brief and the page costs nothing.
    """
    try:
        day, failed = _turns(places, now)
        with places.shared().read() as unit:
            mark = unit.settings.get(_MARK, PortfolioMark)
        ready = day is not None and (mark.day is None or mark.day < day) and not still_to_come(places, now)
        if not (always or ready):
            return False
        page, briefs = portfolio_of_today(places, failed, now)
        write_portfolio(places, page, briefs)
        if ready:
            queue_portfolio(places, page, now, [brief.client_name for brief in briefs if brief.late])
            with places.shared().write() as unit:
                unit.settings.put(_MARK, PortfolioMark(day=day))
    except VcisoError as error:
        trouble.append(f"The portfolio page was not written: {error}")
        return False
    return ready


def _turns(places: Places, now: datetime) -> tuple[date | None, dict[ClientId, str]]:
    """The latest day on which a client had its turn, of those that are some client's today; and who failed then."""
    with places.shared().read() as unit:
        runs = {(run.client_ref, run.day): run for run in unit.runs.since((now - LOOK_BACK).date())}
        clients = unit.clients.list()
    days: list[date] = []
    failed: dict[ClientId, str] = {}
    for client in clients:
        today = now.astimezone(ZoneInfo(client.timezone)).date()
        run = runs.get((client.ref, today))
        if run is not None and run.state != "running":
            days.append(today)
            if run.state != "done":
                failed[client.id] = run.reason
    return max(days, default=None), failed


def portfolio_of_today(
    places: Places, failed: dict[ClientId, str], now: datetime
) -> tuple[Portfolio, tuple[Brief, ...]]:
    """The portfolio over the briefs that are kept for each client's today.

    Args:
        places: the open home.
        failed: clients whose brief could not be written, with the sentence why.
        now: when.
    """
    briefs = []
    unread = dict(failed)
    for client in places.profiles():
        today = now.astimezone(ZoneInfo(client.timezone)).date()
        try:
            with places.client(client.id) as place, place.read() as unit:
                kept = unit.briefs.get(today)
        except VcisoError as error:
            unread[client.id] = str(error)
            continue
        if kept is not None and client.id not in failed:
            briefs.append(kept)
    return compose_portfolio(briefs, unread, now), tuple(briefs)


def still_to_come(places: Places, now: datetime) -> tuple[Client, ...]:
    """Clients whose hour of today has not come yet, or whose run has not had its first try."""
    with places.shared().read() as unit:
        runs = {(run.client_ref, run.day): run for run in unit.runs.since((now - LOOK_BACK).date())}
        clients = unit.clients.list()
    waiting = []
    for client in clients:
        if client.schedule is None:
            continue
        zone = ZoneInfo(client.timezone)
        today = now.astimezone(zone).date()
        slot = slot_of(client.schedule, zone, today)
        run = runs.get((client.ref, today))
        tried = run is not None and run.state != "running"
        if slot is not None and slot >= (client.schedule.since or slot) and not tried:
            waiting.append(client)
    return tuple(waiting)
