"""The `vciso` command: options that every command has, and the groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli import (
    ask,
    assets,
    attest,
    audit,
    brief,
    client,
    deliver,
    demo,
    docs,
    exception,
    framework,
    note,
    policy,
    policy_begin,
    policy_export,
    policy_word,
    policy_work,
    proposals,
    receipts,
    refresh,
    rule,
    schedule,
    search,
    soa,
    source,
    user,
    web,
)
from ui.cli.common import Call, Group, say, say_json, settings

app = typer.Typer(
    name="vciso",
    cls=Group,
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


app.command("refresh", short_help="Read the sources that are due.")(refresh.refresh)
app.command("brief", short_help="Write today's brief, for one client or all.")(brief.brief)
app.add_typer(note.app)
app.add_typer(rule.app)
app.add_typer(client.app)
app.add_typer(assets.app)
app.add_typer(assets.suppliers)
app.add_typer(docs.app, short_help="A client's documents.")
for more in (policy_begin.app, policy_work.app, policy_word.app, policy_export.app):
    policy.app.add_typer(more)
app.add_typer(policy.app, short_help="A client's policies, from draft to published.")
attest.app.add_typer(receipts.app)
app.add_typer(attest.app)
app.add_typer(exception.app)
app.add_typer(soa.app)
app.command("evidence", short_help="What proves each requirement.")(soa.evidence)
app.command("proposals", short_help="Changes to policies that wait for you.")(proposals.proposals)
app.add_typer(framework.app, short_help="Frameworks, requirements and crosswalks.")
app.command("search", short_help="Find passages, and see why each ranks there.")(search.search)
app.command("ask", short_help="Ask about a client; every claim is quoted.")(ask.ask)
app.command("chat", short_help="Ask on, in a conversation.")(ask.chat)
app.add_typer(source.app)
app.add_typer(schedule.app)
app.add_typer(deliver.app)
app.add_typer(user.app)
app.add_typer(audit.app)
app.command("web", short_help="Open the app on this machine.")(web.web)
app.command("demo", short_help="Build three invented clients and their morning.")(demo.demo)
