"""`vciso web` starts the app with everything closed that Streamlit leaves open."""

from __future__ import annotations

from importlib import import_module

import pytest
from streamlit import runtime

from ui.app import serve
from ui.cli.web import SAFE, command


def test_the_command_line_closes_what_streamlit_leaves_open() -> None:
    line = command(8599, ["ciso.example"])
    assert line[1:5] == ["-P", "-m", "ui.app.serve", "run"]
    assert {"--server.address=127.0.0.1", "--client.showErrorDetails=none", "--browser.gatherUsageStats=false"} < set(
        line
    )
    hosts = [option for option in line if option.startswith("--server.allowedHosts=")]
    assert hosts == [f"--server.allowedHosts={name}" for name in ("127.0.0.1", "localhost", "ciso.example")]
    assert set(SAFE) >= {"server.maxUploadSize", "server.enableXsrfProtection", "client.disableDataExport"}


def test_the_pages_are_read_before_the_first_person_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(serve, "import_module", lambda name: read.append(name) or import_module(name))
    serve.warm_up()
    assert read.index("ui.web.views.portfolio") < read.index("ui.web.views.audit") < read.index("altair")
    assert "torch" not in read


def test_a_module_that_is_missing_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def fails(name: str) -> object:
        read.append(name)
        if name == "numpy":
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(serve, "import_module", fails)
    serve.warm_up()
    assert read[-1] == serve.LAST[-1]
