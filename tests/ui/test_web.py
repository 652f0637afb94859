"""The app shows what is kept, safely configured, on this machine only."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from knowledge.places import Places
from knowledge.settings import Settings
from ui.cli.main import app as cli
from ui.cli.web import SAFE, command

APP = Path(__file__).resolve().parents[2] / "ui" / "web" / "app.py"


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("VCISO_HOME", str(home))
    return AppTest.from_file(str(APP), default_timeout=60)


def shown(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*app.title, *app.markdown, *app.info, *app.error))


def test_an_empty_home_says_what_to_do(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert "vciso brief --all" in shown(app)


def test_the_newest_portfolio_is_shown(app: AppTest, home: Path) -> None:
    for arguments in (["client", "add", "Quiet Firm", "--id", "quiet"], ["brief", "--all"]):
        assert CliRunner().invoke(cli, ["--home", str(home), *arguments]).exit_code == 0
    app.run()
    assert not app.exception
    assert "Quiet Firm" in shown(app)


def brief_page() -> None:
    from ui.web.views.brief import page

    page()


@pytest.mark.usefixtures("app")
def test_another_process_in_the_home_is_said_in_words(home: Path) -> None:
    app = AppTest.from_function(brief_page, default_timeout=60)
    with Places(Settings(home=home), now=datetime.now(UTC)) as places:
        places.shared()
        app.run()
    assert not app.exception
    assert "another vciso process" in shown(app)
    app.run()
    assert "No clients yet" in shown(app)


def test_the_command_line_closes_what_streamlit_leaves_open() -> None:
    line = command(8599)
    assert line[1:5] == ["-P", "-m", "streamlit", "run"]
    assert "--server.address=127.0.0.1" in line
    assert "--client.showErrorDetails=none" in line
    assert "--browser.gatherUsageStats=false" in line
    assert set(SAFE) >= {"server.maxUploadSize", "server.enableXsrfProtection"}


@pytest.mark.network
@pytest.mark.slow
def test_the_server_starts_on_loopback(home: Path) -> None:
    import os
    import subprocess
    import time

    process = subprocess.Popen(
        command(18599),
        env={**os.environ, "VCISO_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen("http://127.0.0.1:18599/_stcore/health", timeout=2) as answer:
                    assert answer.read() == b"ok"
                    break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("the app did not start")
    finally:
        process.terminate()
        process.wait(timeout=20)
