"""`vciso web` starts the app with everything closed that Streamlit leaves open."""

from __future__ import annotations

from ui.cli.web import SAFE, command


def test_the_command_line_closes_what_streamlit_leaves_open() -> None:
    line = command(8599, ["ciso.example"])
    assert line[1:5] == ["-P", "-m", "streamlit", "run"]
    assert {"--server.address=127.0.0.1", "--client.showErrorDetails=none", "--browser.gatherUsageStats=false"} < set(
        line
    )
    hosts = [option for option in line if option.startswith("--server.allowedHosts=")]
    assert hosts == [f"--server.allowedHosts={name}" for name in ("127.0.0.1", "localhost", "ciso.example")]
    assert set(SAFE) >= {"server.maxUploadSize", "server.enableXsrfProtection", "client.disableDataExport"}
