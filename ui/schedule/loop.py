"""Looks at the clock each minute and runs what is due, until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from types import FrameType
from typing import Final

from knowledge.errors import BusyError, VcisoError
from knowledge.masking import hide_secrets
from knowledge.places import Places
from knowledge.settings import Settings
from ui.app.morning import read_sources
from ui.deliver.send import make_channels
from ui.schedule.run import Report, Tools, run_due

SECONDS: Final = 60.0
"""Between two looks; counted by the monotonic clock, so that a clock that is set back or a sleep holds nothing up."""

OUTBOX_SECONDS: Final = 300.0
"""Between two looks into every outbox."""

OpenHome = Callable[[datetime], AbstractContextManager[Places]]


def make_tools(settings: Settings, clock: Callable[[], datetime], stop: threading.Event) -> Tools:
    """What a run works with, as the settings want it.

    Raises:
        SettingsError: a setting of the outgoing side cannot be used.
    """

    def refresh(places: Places, now: datetime) -> tuple[str, ...]:
        report = read_sources(places, now=now)
        return tuple(one.sentence for one in report.sources)

    return Tools(refresh, make_channels(settings), clock, stop)


def loop(
    open_home: OpenHome,
    tools: Tools,
    say: Callable[[str], None],
    *,
    seconds: float = SECONDS,
    tell: Callable[[Report], None] | None = None,
) -> None:
    """Runs what is due until `tools.stop` is set; the home is open only while it is looked at.

    Args:
        open_home: opens the home.
        tools: what a run works with.
        say: one line for the journal.
        seconds: between two looks.
        tell: gets the report of every run that did something; default: its lines go to `say`.
    """
    busy = False
    looked = 0.0
    while not tools.stop.is_set():
        try:
            with open_home(tools.clock()) as places:
                # An outbox is a file for each client: looked into now and then, and whenever a brief is due.
                every = not looked or time.monotonic() - looked >= OUTBOX_SECONDS
                report = run_due(places, tools, outboxes=every)
                looked = time.monotonic() if every else looked
            if busy:
                say("The home is free again.")
            busy = False
            if not report.idle:
                (tell or (lambda one: _say_all(one, say)))(report)
        except BusyError as error:
            if not busy:
                say(f"{error} Trying again each minute.")
            busy = True
        except VcisoError as error:
            say(hide_secrets(str(error)))
        except Exception as error:  # noqa: BLE001 - tomorrow's briefs must not depend on today's accident
            say(f"Unexpected {type(error).__name__}: {hide_secrets(str(error))}. Going on.")
        tools.stop.wait(seconds)


def _say_all(report: Report, say: Callable[[str], None]) -> None:
    for line in report_lines(report):
        say(line)


def report_lines(report: Report) -> tuple[str, ...]:
    """A report in lines for a person."""
    lines = []
    for one in report.ended:
        name, late = one.due.client.name, " (late)" if one.due.late else ""
        if one.run.state == "done":
            lines.append(f"{name}{late}: {one.headline}")
        elif one.run.state == "waiting" and one.run.next_try_at is not None:
            lines.append(f"{name}: not written ({one.run.reason}); next try {one.run.next_try_at:%H:%M} UTC.")
        else:
            lines.append(f"{name}: not written ({one.run.reason}); given up for today.")
    for client_id, entry in report.delivered.entries:
        whose = client_id or "portfolio"
        if entry.state == "sent":
            lines.append(f"Sent to {entry.target} ({whose}, {entry.channel}).")
        else:
            at = f"; next try {entry.next_try_at:%H:%M} UTC" if entry.next_try_at else ""
            lines.append(f"Not sent to {entry.target} ({whose}, {entry.channel}): {entry.reason}{at}.")
    lines += [f"{client_id}: {why}" for client_id, why in report.delivered.failed.items()]
    return (*lines, *report.trouble)


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop` for the length of the block: what is in hand is finished first."""

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
