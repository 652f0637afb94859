"""`vciso web`: opens the app on this machine only."""

from __future__ import annotations

import os
import subprocess
import sys
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
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
}
"""What Streamlit's defaults leave open (all interfaces, statistics, error details, 200 MB uploads), closed."""


def command(port: int) -> list[str]:
    """The command line that starts the app; `-P` keeps the app's folder off the module path."""
    app = Path(__file__).resolve().parent.parent / "web" / "app.py"
    options = [f"--{name}={value}" for name, value in {**SAFE, "server.port": str(port)}.items()]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(app), *options]


def web(
    ctx: typer.Context, port: Annotated[int, typer.Option(min=1024, max=65535, help="Port on 127.0.0.1.")] = 8501
) -> None:
    """Open the app at http://127.0.0.1:8501: portfolio and briefs, on this machine only. Ctrl-C ends it."""
    from importlib.util import find_spec

    from knowledge.errors import UsageError

    if find_spec("streamlit") is None:
        raise UsageError("the app needs Streamlit", hint="pip install 'vciso-copilot[web]'")
    home = settings(ctx).home
    typer.echo(f"vCISO copilot: http://127.0.0.1:{port} (home: {home}). Ctrl-C ends it.")
    environment = {**os.environ, "VCISO_HOME": str(home)}
    raise typer.Exit(subprocess.run(command(port), env=environment, check=False).returncode)  # noqa: S603 - own arguments
