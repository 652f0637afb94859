"""`vciso schedule` and `vciso deliver`, as a person runs them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner, Result

from ui.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the commands: move it by setting the one entry."""
    moment = [datetime(2026, 8, 6, 12, 0, tzinfo=UTC)]
    for module in ("schedule", "deliver", "client", "brief", "audit"):
        monkeypatch.setattr(f"ui.cli.{module}.now", lambda: moment[0])
    monkeypatch.setattr("ui.schedule.loop.read_sources", lambda places, *, now: _Nothing())
    return moment


class _Nothing:
    sources = ()


@pytest.fixture
def vciso(home: Path, at: list[datetime]) -> Run:
    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments])
        assert result.exit_code == code, result.output
        return result

    run("client", "add", "Northgate", "--id", "northgate", "--timezone", "Europe/Berlin")
    return run


def test_the_units_of_the_guide_are_units(tmp_path: Path) -> None:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not here")
    guide = Path(__file__).parents[2] / "docs" / "guide" / "schedule.md"
    blocks = re.findall(r"((?:^    .*\n|^\n)+)", guide.read_text(encoding="utf-8"), re.MULTILINE)
    units = [block for block in blocks if "[Unit]" in block]
    assert len(units) == 2
    for number, block in enumerate(units):
        kind = "timer" if "[Timer]" in block else "service"
        text = textwrap.dedent(block).replace("/opt/vciso/bin/vciso", "/bin/true")
        tmp_path.joinpath(f"vciso{number}.{kind}").write_text(text, encoding="utf-8")
    service = tmp_path / "vciso0.service"
    checked = subprocess.run([found, "verify", str(service)], capture_output=True, text=True, check=False, timeout=60)
    assert "vciso0" not in checked.stderr, checked.stderr


class Box:
    """A mail server's hands: keeps what arrives."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.got.append(envelope.content)  # type: ignore[attr-defined]
        return "250 ok"


def test_a_schedule_from_setting_to_clearing(vciso: Run, at: list[datetime]) -> None:
    assert "not scheduled" in vciso("schedule", "list").stdout
    assert "Set one" in vciso("schedule", "next").stdout
    said = vciso("schedule", "set", "northgate", "--at", "6:30").stdout
    assert "Northgate: 06:30 Europe/Berlin, mon-fri." in said
    assert "Next: Friday 7 August, 06:30 Europe/Berlin." in said
    assert "Northgate: Friday 7 August, 06:30 Europe/Berlin." in vciso("schedule", "next").stdout
    assert "Nothing is due." in vciso("schedule", "once").stdout
    at[0] = datetime(2026, 8, 7, 4, 30, tzinfo=UTC)
    assert "Northgate: now." in vciso("schedule", "next").stdout
    assert "Northgate: " in vciso("schedule", "once").stdout
    assert "Nothing is due." in vciso("schedule", "once").stdout
    found = json.loads(vciso("schedule", "list", "--json").stdout)
    assert found[0]["next"] == "2026-08-10T04:30:00+00:00"
    assert [(run["day"], run["state"]) for run in found[0]["runs"]] == [("2026-08-07", "done")]
    assert "Fri 7 Aug: done" in vciso("schedule", "list").stdout
    at[0] += timedelta(days=3, hours=4)
    assert "Northgate (late): " in vciso("schedule", "once").stdout
    assert "Late by 4 hours" in vciso("brief", "northgate", "--day", "2026-08-10").stdout
    vciso("schedule", "clear", "northgate")
    assert "not scheduled" in vciso("schedule", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("schedule", "set", "northgate", "--at", "25:00"), 2, "Write it as 06:30"),
        (("schedule", "set", "northgate", "--at", "6:30", "--days", "someday"), 2, "mon-fri"),
        (("schedule", "set", "ghost", "--at", "6:30"), 3, "no such client"),
        (("deliver", "set"), 2, "name a client or give --portfolio"),
        (("deliver", "set", "northgate", "--portfolio"), 2, "name a client or give --portfolio"),
        (("deliver", "set", "northgate", "--mail", "x y"), 2, "plain e-mail address"),
        (("deliver", "set", "northgate", "--mail", "a@b.example", "--no-mail"), 2, "--no-mail"),
        (("deliver", "set", "northgate", "--slack-url-env", "https://hooks.example/T"), 2, "environment variable"),
        (("deliver", "set", "ghost", "--mail", "a@b.example"), 3, "no such client"),
        (("deliver", "drop", "northgate"), 2, "name the messages"),
        (("deliver", "drop", "northgate", "m-1"), 3, "no such message"),
        (("deliver", "retry", "--portfolio", "m-1"), 3, "no such message"),
    ],
)
def test_what_cannot_be_is_said(vciso: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = vciso(*arguments, code=code)
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.network
def test_a_brief_that_arrives_once_the_server_is_there(
    vciso: Run, at: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for name, value in {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "brief@ciso.example",
        "SMTP_PASSWORD": "hunter2-very-secret",
    }.items():
        monkeypatch.setenv(f"VCISO_{name}", value)
    shown = vciso("deliver", "set", "northgate", "--mail", "dana@northgate.example").stdout
    assert "dana@northgate.example" in shown
    vciso("schedule", "set", "northgate", "--at", "6:30")
    at[0] = datetime(2026, 8, 7, 4, 30, tzinfo=UTC)
    down = vciso("schedule", "once").stdout
    assert "Not sent to dana@northgate.example (northgate, mail): the mail server could not be reached" in down
    waiting = json.loads(vciso("deliver", "status", "--json").stdout)
    assert [(one["client"], one["state"]) for one in waiting] == [("northgate", "queued")]
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert "Nothing is due." in vciso("schedule", "once").stdout, "not before its next try"
        assert "Nothing is due." in vciso("deliver", "send").stdout
        assert "Sent to dana@northgate.example" in vciso("deliver", "retry", "northgate").stdout
        assert "Nothing waits" in vciso("deliver", "status").stdout
        at[0] += timedelta(hours=2)
        vciso("schedule", "once")
        vciso("deliver", "retry", "northgate")
        assert len(box.got) == 1
        assert "Sent to dana@northgate.example" in vciso("deliver", "test", "northgate").stdout
        assert b"Subject: Test message: Northgate" in box.got[1]
        assert "nobody" in vciso("deliver", "test", "--portfolio").stdout.lower()
    finally:
        controller.stop()
    assert "did not leave" in vciso("deliver", "test", "northgate", code=6).output
    assert "sent" in vciso("deliver", "status", "northgate").stdout
    for command in (("settings",), ("deliver", "show", "northgate"), ("audit", "show", "northgate")):
        assert "hunter2" not in vciso(*command).output


def test_delivery_settings_keep_the_rest_and_show_the_variable(vciso: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "https://hooks.example/services/secret-token"
    monkeypatch.setenv("NORTHGATE_SLACK", secret)
    vciso("deliver", "set", "northgate", "--mail", "dana@northgate.example", "--slack-url-env", "NORTHGATE_SLACK")
    shown = vciso("deliver", "set", "northgate", "--no-feed").stdout
    assert "NORTHGATE_SLACK (set in this environment)" in shown
    assert "dana@northgate.example" in shown
    assert secret not in shown
    assert secret not in vciso("audit", "show", "northgate").stdout
    assert "no" in vciso("deliver", "set", "northgate", "--slack-url-env", "", "--no-mail").stdout
    assert "dana" not in vciso("deliver", "show", "northgate").stdout


def test_two_runs_of_a_day_and_a_brief_by_hand_are_one_message(vciso: Run, at: list[datetime], home: Path) -> None:
    vciso("deliver", "set", "northgate", "--mail", "dana@northgate.example")
    vciso("schedule", "set", "northgate", "--at", "6:30")
    at[0] = datetime(2026, 8, 7, 4, 30, tzinfo=UTC)
    vciso("schedule", "once")
    vciso("brief", "northgate")
    vciso("schedule", "clear", "northgate")
    vciso("schedule", "set", "northgate", "--at", "6:45")
    at[0] = datetime(2026, 8, 7, 4, 45, tzinfo=UTC)
    vciso("schedule", "once")
    found = json.loads(vciso("deliver", "status", "northgate", "--json").stdout)
    assert [one["key"] for one in found] == ["brief:2026-08-07"]
    assert (home / "clients" / "northgate" / "briefs" / "feed.xml").is_file()
