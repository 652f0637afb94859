"""`vciso brief`: the morning run."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.common import console, now, open_home, parse_day, plain, progress, say


def brief(
    ctx: typer.Context,
    client_id: Annotated[str | None, typer.Argument(metavar="[CLIENT]", help="Id of the client.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every active client, and the portfolio page.")] = False,
    day: Annotated[str | None, typer.Option(help="Show the kept brief of an earlier day, YYYY-MM-DD.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Write today's brief: for one client, or with --all for each client and the portfolio over them.

    Running it again on a day replaces that day's brief. Files are kept as Markdown, HTML and JSON.
    """
    from knowledge.errors import NotFoundError, StoreError, UsageError
    from ui.app.morning import write_briefs
    from ui.deliver.files import brief_file, portfolio_file
    from ui.render.markdown import brief_markdown
    from ui.render.terminal import portfolio_terminal

    if every == (client_id is not None):
        raise UsageError("name a client or give --all", hint="vciso brief CLIENT, or vciso brief --all.")
    at = now()
    wanted = parse_day(day, "--day")
    with open_home(ctx, at) as places:
        if wanted is not None:
            if client_id is None:
                raise UsageError("--day goes with one client", hint="vciso brief CLIENT --day YYYY-MM-DD.")
            with places.client(client_id) as place, place.read() as unit:
                kept = unit.briefs.get(wanted)
                days = unit.briefs.days()
            if kept is None:
                known = ", ".join(f"{one:%Y-%m-%d}" for one in days[:5]) or "none yet"
                raise NotFoundError("no brief of that day", subject=day or "", hint=f"The newest are: {known}.")
            typer.echo(kept.model_dump_json(indent=2) if as_json else plain(brief_markdown(kept)))
            return
        with progress("Brief") as step:
            morning = write_briefs(places, now=at, clients=None if every else [str(client_id)], progress=step)
        if every:
            if as_json:
                typer.echo(morning.portfolio.model_dump_json(indent=2))
            else:
                console().print(portfolio_terminal(morning.portfolio))
                say(f"Portfolio: {portfolio_file(places, morning.portfolio.day, 'html')}")
        for one in morning.briefs:
            if as_json and not every:
                typer.echo(one.model_dump_json(indent=2))
            elif not every:
                say(brief_markdown(one))
            if not as_json:
                same = " (unchanged)" if one.client_id in morning.unchanged else ""
                say(f"{one.client_name}: {brief_file(places, one.client_id, one.day, 'html')}{same}")
        if morning.portfolio.failed:
            raise StoreError(
                f"{len(morning.portfolio.failed)} of {len(morning.portfolio.failed) + len(morning.briefs)} briefs"
                " could not be written",
                subject=", ".join(morning.portfolio.failed),
                hint=next(iter(morning.portfolio.failed.values())),
            )
