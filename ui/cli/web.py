"""`vciso web`: opens the app on this machine only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import settings

SAFE = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "15",
    "server.enableStaticServing": "false",
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.enableAgentApi": "false",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.disableDataExport": "true",
    "client.toolbarMode": "minimal",
    "runner.magicEnabled": "false",
}
"""What Streamlit's defaults leave open, closed: all interfaces, statistics, error details, 200 MB uploads, a table's
own CSV export (our exports make formulas inert)."""

HOSTS = ("127.0.0.1", "localhost")
"""Names that the app answers to; with any other a page on the internet could reach it by rebinding its own name."""

LOOK = {
    "theme.linkUnderline": "true",
    "theme.baseFontSize": "15",
    "theme.headingFontSizes": '["1.7rem", "1.28rem", "1.08rem", "1rem", "0.9rem", "0.85rem"]',
    "theme.showWidgetBorder": "true",
    "theme.light.primaryColor": "#0b5394",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#eef1f4",
    "theme.light.textColor": "#16202a",
    "theme.light.linkColor": "#0b5394",
    "theme.dark.primaryColor": "#5aa0e0",
    "theme.dark.backgroundColor": "#10171e",
    "theme.dark.secondaryBackgroundColor": "#1a242e",
    "theme.dark.textColor": "#e8edf2",
    "theme.dark.linkColor": "#84bff5",
}
"""Colours in which text has a contrast of 4.5:1 and more on its ground."""


def command(port: int, hosts: Sequence[str] = ()) -> list[str]:
    """The command line that starts the app; `-P` keeps the app's folder off the module path.

    The module is Streamlit's own command line with our pages read beforehand.

    Args:
        port: on 127.0.0.1.
        hosts: further names that a reverse proxy passes on.
    """
    app = Path(__file__).resolve().parent.parent / "web" / "app.py"
    options = [f"--{name}={value}" for name, value in {**SAFE, **LOOK, "server.port": str(port)}.items()]
    options += [f"--server.allowedHosts={host}" for host in (*HOSTS, *hosts)]
    return [sys.executable, "-P", "-m", "ui.app.serve", "run", str(app), *options]


def web(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port on 127.0.0.1.")] = 8501,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name that a reverse proxy in front of it answers to; repeatable."),
    ] = None,
) -> None:
    """Open the app at http://127.0.0.1:8501, on this machine only: the whole day, from portfolio to audit log.

    Ctrl-C ends it. Other commands work beside it: the app holds the home only while it shows or does something.
    """
    from importlib.util import find_spec

    from knowledge.errors import UsageError

    if find_spec("streamlit") is None:
        raise UsageError("the app needs Streamlit", hint="pip install 'vciso-copilot[web]'")
    home = settings(ctx).home
    typer.echo(f"vCISO copilot: http://127.0.0.1:{port} (home: {home}). Ctrl-C ends it.")
    environment = {**os.environ, "VCISO_HOME": str(home)}
    raise typer.Exit(subprocess.run(command(port, allow_host or ()), env=environment, check=False).returncode)  # noqa: S603 - own arguments
