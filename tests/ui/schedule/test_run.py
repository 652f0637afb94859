"""A scheduled run: one client that fails stops no other, what is late says so, nothing is sent twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.post import Poster
from knowledge.clients import add_client, new_ref
from knowledge.errors import BusyError, SourceError, StoreError
from knowledge.outbox import set_delivery
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.delivery import Attempt, Delivery, OutboxEntry
from knowledge.schedule import parse_schedule, set_schedule
from knowledge.settings import Settings
from ui.deliver.send import Channels
from ui.schedule import run as module
from ui.schedule.loop import loop, report_lines
from ui.schedule.run import Tools, run_due

MORNING = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Recorded(Channels):
    """Channels that keep what they were given."""

    taken: list[OutboxEntry] = field(default_factory=list)
    answers: dict[str, Attempt] = field(default_factory=dict)

    def send(self, entry: OutboxEntry, now: datetime) -> Attempt:
        self.taken.append(entry)
        return self.answers.get(entry.target, Attempt(result="sent"))


@dataclass
class Scene:
    places: Places
    tools: Tools
    channels: Recorded
    at: list[datetime]
    read: list[datetime]

    def run(self, **by: float) -> Any:
        """Moves the clock, then runs."""
        self.at[0] += timedelta(**by)
        return run_due(self.places, self.tools)

    def subjects(self) -> list[str]:
        """Of everything that was sent, in order."""
        return [entry.subject for entry in self.channels.taken]


@pytest.fixture
def scene(places: Places, now: datetime) -> Scene:
    """Three clients at 06:30 UTC, each with one address, and the portfolio's."""
    for name in ("alpha", "beta", "gamma"):
        add_client(places, Client(id=name, ref=new_ref(), name=f"Firm {name}", created_at=now), now)
        set_schedule(places, name, parse_schedule("06:30"), now - timedelta(hours=12))
        with places.client(name) as place:
            set_delivery(place, Delivery(mail=(f"{name}@example.org",)), now)
    set_delivery(places.shared(), Delivery(mail=("boss@example.org",)), now)
    at, read = [MORNING], []
    channels = Recorded(places.settings, Poster(), {})

    def sources(_places: Places, when: datetime) -> tuple[str, ...]:
        read.append(when)
        return ()

    tools = Tools(sources, channels, lambda: at[0], threading.Event())
    return Scene(places, tools, channels, at, read)


def brief_of(places: Places, client_id: str) -> Any:
    with places.client(client_id) as place, place.read() as unit:
        return unit.briefs.latest()


def test_a_morning_is_written_and_sent_once(scene: Scene) -> None:
    assert scene.run(minutes=-1).idle
    assert scene.read == []
    report = scene.run(minutes=1)
    assert [one.run.state for one in report.ended] == ["done"] * 3
    assert report.delivered.sent == 4
    assert [entry.target for entry in scene.channels.taken][-1] == "boss@example.org"
    assert scene.read == [MORNING], "sources are read once for all"
    for _ in range(5):
        assert scene.run(minutes=30).idle
    assert len(scene.channels.taken) == 4
    assert scene.places.client_folder("alpha").joinpath("briefs", "2026-08-07.html").is_file()
    assert scene.places.portfolio_folder.joinpath("2026-08-07.html").is_file()
    assert scene.run(days=3).delivered.sent == 4, "Monday"
    assert brief_of(scene.places, "alpha").coverage.notices == ()


def test_a_late_one_says_so_in_the_brief_and_the_subject(scene: Scene) -> None:
    scene.run(hours=3)
    brief = brief_of(scene.places, "alpha")
    assert brief.late == "Late by 3 hours: it was due at 06:30, when this machine was off, asleep or busy."
    page = scene.places.client_folder("alpha").joinpath("briefs", "2026-08-07.md").read_text()
    assert "Late by 3 hours" in page
    assert all(subject.endswith("(late)") for subject in scene.subjects())
    monday = scene.run(days=2, hours=21)
    assert [one.due.late for one in monday.ended] == [timedelta()] * 3
    assert not any(subject.endswith("(late)") for subject in scene.subjects()[4:])
    tuesday_off = scene.run(days=2)
    assert len(tuesday_off.ended) == 3
    assert brief_of(scene.places, "alpha").coverage.notices == (
        "No brief was written on Tuesday 11 August: this one covers the time since the last.",
    )


def test_c22_one_client_that_fails_stops_no_other(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.write_brief
    broken = {"beta"}

    def write(places: Places, brief: Any) -> Any:
        if brief.client_id in broken:
            raise StoreError("the disk is full", subject=f"/secret/{brief.client_id}", hint="Free some space.")
        return real(places, brief)

    monkeypatch.setattr(module, "write_brief", write)
    report = scene.run()
    states = {one.due.client.id: one.run.state for one in report.ended}
    assert states == {"alpha": "done", "beta": "waiting", "gamma": "done"}
    assert [entry.target for entry in scene.channels.taken] == [
        "alpha@example.org",
        "gamma@example.org",
        "boss@example.org",
    ]
    assert "beta" not in next(one for one in report.ended if one.due.client.id == "beta").run.reason
    broken.clear()
    assert scene.run(minutes=1).idle
    again = scene.run(minutes=1)
    assert [(one.due.client.id, one.run.state) for one in again.ended] == [("beta", "done")]
    assert [entry.target for entry in scene.channels.taken][3:] == ["beta@example.org"], "the portfolio goes once"


def test_an_accident_with_one_client_is_kept_from_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.run_morning

    def morning(places: Places, *, clients: list[str], **rest: Any) -> Any:
        if "gamma" in clients:
            raise ZeroDivisionError("a fault of ours")
        return real(places, clients=clients, **rest)

    monkeypatch.setattr(module, "run_morning", morning)
    report = scene.run()
    assert {one.due.client.id: (one.run.state, one.run.reason) for one in report.ended} == {
        "alpha": ("done", ""),
        "beta": ("done", ""),
        "gamma": ("waiting", "unexpected ZeroDivisionError"),
    }
    assert "gamma" in " ".join(report_lines(report)).lower()


@pytest.mark.parametrize("error", [SourceError("no source could be read"), RuntimeError("boom")])
def test_c22_sources_that_fail_as_a_whole_are_named_and_the_brief_comes(scene: Scene, error: Exception) -> None:
    def sources(_places: Places, _when: datetime) -> tuple[str, ...]:
        raise error

    scene.tools = Tools(sources, scene.channels, scene.tools.clock, scene.tools.stop)
    report = scene.run()
    assert [one.run.state for one in report.ended] == ["done"] * 3
    assert report.trouble
    assert "could not be read" in brief_of(scene.places, "alpha").coverage.notices[-1]


def test_c22_mail_down_at_the_hour_is_listed_next_day_and_sent_once(scene: Scene) -> None:
    down = Attempt(result="refused", reason="the mail server answered 550 (no)")
    scene.channels.answers["alpha@example.org"] = down
    report = scene.run()
    assert report.delivered.sent == 3
    scene.channels.answers.clear()
    scene.run(days=3)
    notices = brief_of(scene.places, "alpha").coverage.notices
    assert len(notices) == 1
    assert "was not delivered: the mail server answered 550 (no)" in notices[0]
    assert "alpha@example.org" in notices[0]
    assert brief_of(scene.places, "beta").coverage.notices == ()
    page = scene.places.client_folder("alpha").joinpath("briefs", "2026-08-10.md").read_text()
    assert "was not delivered" in page


def test_the_portfolio_waits_for_the_last_hour_of_the_day(scene: Scene) -> None:
    set_schedule(scene.places, "gamma", parse_schedule("09:00"), scene.at[0] - timedelta(hours=1))
    scene.run()
    assert "boss@example.org" not in [entry.target for entry in scene.channels.taken]
    scene.run(hours=2, minutes=30)
    assert [entry.target for entry in scene.channels.taken][-2:] == ["gamma@example.org", "boss@example.org"]
    message = scene.channels.taken[-1].message
    assert message is not None
    assert all(f"Firm {name}" in message.text for name in ("alpha", "beta", "gamma"))


def test_stopped_in_the_middle_lets_go_of_what_it_had(scene: Scene) -> None:
    def sources(_places: Places, _when: datetime) -> tuple[str, ...]:
        scene.tools.stop.set()
        return ()

    tools = scene.tools
    scene.tools = Tools(sources, scene.channels, tools.clock, tools.stop)
    assert scene.run().ended == ()
    assert scene.channels.taken == []
    tools.stop.clear()
    scene.tools = tools
    assert len(scene.run(minutes=2).ended) == 3


KILLED = """
import os, signal, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from ingest.post import Poster
from knowledge.places import Places
from knowledge.records.delivery import Attempt
from knowledge.settings import Settings
from ui.deliver.send import Channels
from ui.schedule import run as module
home, sink, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
now = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
def die(*_a, **_k):
    os.kill(os.getpid(), signal.SIGKILL)
class Sink(Channels):
    def send(self, entry, when):
        with sink.open("a") as out:
            out.write(entry.key + " " + entry.target + "\\n")
        if point == "sent":
            die()
        return Attempt(result="sent")
if point in ("write_brief", "queue_brief", "finish_run", "queue_portfolio", "run_morning"):
    setattr(module, point, die)
settings = Settings(home=home)
with Places(settings, now=now) as places:
    tools = module.Tools(lambda p, n: (), Sink(settings, Poster(), {}), lambda: now, threading.Event())
    module.run_due(places, tools)
"""


@pytest.mark.parametrize(
    "point", ["run_morning", "write_brief", "queue_brief", "finish_run", "queue_portfolio", "sent"]
)
def test_c23_killed_anywhere_a_day_has_one_brief_and_no_second_message(home: Path, tmp_path: Path, point: str) -> None:
    with Places(Settings(home=home), now=MORNING) as places:
        for name in ("alpha", "beta"):
            add_client(places, Client(id=name, ref=new_ref(), name=f"Firm {name}", created_at=MORNING), MORNING)
            set_schedule(places, name, parse_schedule("06:30"), MORNING - timedelta(days=1))
            with places.client(name) as place:
                set_delivery(place, Delivery(mail=(f"{name}@example.org",)), MORNING)
        set_delivery(places.shared(), Delivery(mail=("boss@example.org",)), MORNING)
    sink = tmp_path / "sink"
    sink.write_text("")
    for die in (point, "no"):
        subprocess.run([sys.executable, "-c", KILLED, str(home), str(sink), die], check=die == "no", timeout=90)
    got = sink.read_text().split("\n")[:-1]
    assert len(got) == len(set(got)), "nothing is sent twice"
    assert len(got) == 3, "a kill before anything left costs nothing"
    with Places(Settings(home=home), now=MORNING) as places:
        for name in ("alpha", "beta"):
            with places.client(name) as place, place.read() as unit:
                assert [f"{day:%Y-%m-%d}" for day in unit.briefs.days()] == ["2026-08-07"]
                states = {entry.state for entry in unit.outbox.list()}
                assert states <= ({"sent", "unsure"} if point == "sent" else {"sent"})
        with places.shared().read() as unit:
            assert {run.state for run in unit.runs.since(MORNING.date())} == {"done"}


# ---- the loop


def test_a_busy_home_is_said_once_and_tried_again(scene: Scene) -> None:
    lines: list[str] = []
    tries = []

    @contextmanager
    def home(_now: datetime) -> Iterator[Places]:
        tries.append(1)
        if len(tries) <= 3:
            raise BusyError("another vciso process has it open", subject="home", hint="Wait.")
        if len(tries) == 6:
            scene.tools.stop.set()
        yield scene.places

    loop(home, scene.tools, lines.append, seconds=0.01)
    assert lines[0] == "home: another vciso process has it open. Wait. Trying again each minute."
    assert lines[1] == "The home is free again."
    assert len([line for line in lines if "busy" in line or "another" in line]) == 1
    assert len(scene.channels.taken) == 4


def test_the_loop_survives_an_accident(scene: Scene) -> None:
    lines: list[str] = []
    tries = []

    @contextmanager
    def home(_now: datetime) -> Iterator[Places]:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("odd")
        if len(tries) == 2:
            raise StoreError("the disk is full")
        scene.tools.stop.set()
        yield scene.places

    loop(home, scene.tools, lines.append, seconds=0.01)
    assert lines[:2] == ["Unexpected ValueError: odd. Going on.", "the disk is full"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_vciso_schedule_run_cleanly(home: Path, number: signal.Signals) -> None:
    with Places(Settings(home=home), now=MORNING) as places:
        add_client(places, Client(id="alpha", ref=new_ref(), name="Alpha", created_at=MORNING), MORNING)
    code = "from ui.cli.main import app; app()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--home", str(home), "schedule", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "The schedule runs. Ctrl-C ends it.\n"
    wait_until((home / "shared" / "shared.sqlite3").exists)
    time.sleep(0.5)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "was stopped" in out
    with Places(Settings(home=home, lock_wait_seconds=0.1), now=MORNING) as places:
        assert places.profiles(), "it let go of the home"


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
