"""The `vciso` command: options that every command has, and the groups."""

from __future__ import annotations

import atexit
import gc
import os
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import Call, say, say_json, settings
from ui.cli.tree import Part, tree

# What a start makes stays to the end: looking for cycles in it on the way, and once more when the process ends, finds
# nothing and takes a tenth of the time until the first line.
gc.set_threshold(50_000, 20, 20)
atexit.register(gc.freeze)
# Records are checked by our own code alone; looking for plugins reads the metadata of every installed distribution.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

PARTS = {
    "refresh": Part("refresh", "refresh", "Read the sources that are due."),
    "brief": Part("brief", "brief", "Write today's brief, for one client or all."),
    "note": Part("note"),
    "rule": Part("rule"),
    "client": Part("client"),
    "assets": Part("assets"),
    "suppliers": Part("assets", "suppliers"),
    "docs": Part("docs", short="A client's documents."),
    "policy": Part(
        "policy",
        short="A client's policies, from draft to published.",
        more=("policy_begin", "policy_work", "policy_word", "policy_export"),
    ),
    "attest": Part("attest", more=("receipts",)),
    "exception": Part("exception"),
    "soa": Part("soa"),
    "evidence": Part("soa", "evidence", "What proves each requirement."),
    "proposals": Part("proposals", "proposals", "Changes to policies that wait for you."),
    "framework": Part("framework", short="Frameworks, requirements and crosswalks."),
    "search": Part("search", "search", "Find passages, and see why each ranks there."),
    "ask": Part("ask", "ask", "Ask about a client; every claim is quoted."),
    "chat": Part("ask", "chat", "Ask on, in a conversation."),
    "source": Part("source"),
    "schedule": Part("schedule"),
    "deliver": Part("deliver"),
    "user": Part("user"),
    "audit": Part("audit"),
    "web": Part("web", "web", "Open the app on this machine."),
    "demo": Part("demo", "demo", "Build three invented clients and their morning."),
}
"""Every command but `settings`, in the order of the help; the code of each is read when it is called for."""

app = typer.Typer(
    name="vciso",
    cls=tree(PARTS),
    help="A copilot for fractional CISOs: every morning, for each client, what touches their assets and suppliers, "
    "what to do, and by when.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"vciso {version('vciso-copilot')}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder that holds everything; default: VCISO_HOME, else the platform's data folder."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options that stand before the command."""
    del version
    ctx.obj = Call(home=home, debug=debug)


@app.command("settings", short_help="List every setting.")
def show_settings(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """List every setting with its value and the variable that sets it; secrets are masked."""
    from ui.cli.common import say_table

    found = settings(ctx)
    values = {name: "" if value is None else str(value) for name, value in found}
    if as_json:
        say_json(values)
        return
    say_table("Settings", ("Setting", "Value", "Set by"), [(n, v, f"VCISO_{n.upper()}") for n, v in values.items()])
    say(f"Or write them into {found.home / 'vciso.toml'}.")
