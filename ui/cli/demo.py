"""`vciso demo`: three invented clients, two captured mornings, one portfolio page; no network, no model."""

from __future__ import annotations

import os
import time

import typer

from ui.cli.common import console, open_home, progress, say


def demo(ctx: typer.Context) -> None:
    """Build the demo in a home of its own (vciso --home demo-home demo) and show its portfolio.

    Its data are of Friday 7 August 2026, and so is its clock. Running it again changes nothing.
    """
    from knowledge.errors import UsageError
    from ui.demo.build import build_demo
    from ui.demo.plan import read_plan
    from ui.render.terminal import portfolio_terminal

    if ctx.obj.home is None and not os.environ.get("VCISO_HOME"):
        raise UsageError("the demo wants a home of its own", hint="Run: vciso --home demo-home demo")
    begun = time.monotonic()
    plan = read_plan()
    with open_home(ctx, plan.today) as places, progress("Demo") as step:
        result = build_demo(places, plan, step)
    console().print(portfolio_terminal(result.portfolio))
    say()
    for client in plan.clients:
        if client.id in result.brief_html:
            say(f"{client.name}: {result.brief_html[client.id]}")
    say(f"Portfolio: {result.portfolio_html}")
    say(f"Open it: {result.portfolio_html.as_uri()}")
    took = f"{time.monotonic() - begun:.1f} s"
    if result.changed:
        say(f"Built in {took}: {result.clients_added} clients, {result.rows_changed} rows of inventory.")
    else:
        say(f"Everything was there already, nothing changed ({took}).")
