"""`vciso schedule`: the morning that happens by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table, settings

if TYPE_CHECKING:
    from knowledge.places import Places

app = group(
    "schedule",
    "The morning that happens by itself: each client's hour and days, in the client's time zone. Exactly one brief a "
    "day; a late one says so.",
    "Write and send briefs by themselves.",
)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]


@app.command("set")
def set_command(
    ctx: typer.Context,
    client_id: ClientArgument,
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="Hour, in the client's time zone.")],
    days: Annotated[str, typer.Option("--days", help="Days: mon-fri, or mon,wed,fri, or sun-thu.")] = "mon-fri",
) -> None:
    """Set when a client's brief is written and sent. The first time is the next such hour."""
    from knowledge.schedule import days_words, parse_schedule, set_schedule

    moment = now()
    wanted = parse_schedule(at, days)
    with open_home(ctx, moment) as places:
        client = set_schedule(places, client_id, wanted, moment)
        upcoming = _upcoming(places, client_id, moment)
    say(f"{client.name}: {wanted.hour:02}:{wanted.minute:02} {client.timezone}, {days_words(wanted.days)}.")
    if upcoming:
        say(f"Next: {_local(upcoming, client.timezone)}. It runs while `vciso schedule run` runs, or by cron.")


@app.command()
def clear(ctx: typer.Context, client_id: ClientArgument) -> None:
    """Take a client off the schedule. Briefs are written only when somebody asks."""
    from knowledge.schedule import set_schedule

    moment = now()
    with open_home(ctx, moment) as places:
        client = set_schedule(places, client_id, None, moment)
    say(f"{client.name} is off the schedule.")


@app.command("list")
def list_command(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List hours, days, next briefs and last runs."""
    from knowledge.schedule import LOOK_BACK, days_words, next_slot

    moment = now()
    with open_home(ctx, moment) as places:
        clients = places.profiles()
        with places.shared().read() as unit:
            runs = unit.runs.since((moment - LOOK_BACK).date())
    if as_json:
        say_json(
            [
                {
                    "client": one.id,
                    "schedule": one.schedule.model_dump(mode="json") if one.schedule else None,
                    "timezone": one.timezone,
                    "next": found.isoformat() if (found := next_slot(one, runs, moment)) else None,
                    "runs": [run.model_dump(mode="json") for run in runs if run.client_ref == one.ref],
                }
                for one in clients
            ]
        )
        return
    if not clients:
        say("No clients yet.")
        return
    rows = []
    for one in clients:
        last = [run for run in runs if run.client_ref == one.ref][-1:]
        upcoming = next_slot(one, runs, moment)
        rows.append(
            (
                one.name,
                f"{one.schedule.hour:02}:{one.schedule.minute:02}" if one.schedule else "-",
                days_words(one.schedule.days) if one.schedule else "not scheduled",
                _local(upcoming, one.timezone) if upcoming else "-",
                " ".join(f"{run.day:%a} {run.day.day} {run.day:%b}: {run.state}" for run in last) or "-",
            )
        )
    say_table("Schedule", ("Client", "At", "Days", "Next", "Last"), rows)


@app.command("next")
def next_command(ctx: typer.Context) -> None:
    """Say which brief is due next."""
    moment = now()
    with open_home(ctx, moment) as places:
        found = []
        for client in places.profiles():
            upcoming = _upcoming(places, client.id, moment)
            if upcoming is not None:
                found.append((upcoming, client))
    if not found:
        say("No client is on the schedule. Set one: vciso schedule set CLIENT --at 06:30")
        return
    upcoming, client = min(found, key=lambda pair: (pair[0], pair[1].id))
    when = "now" if upcoming <= moment else _local(upcoming, client.timezone)
    say(f"{client.name}: {when}.")


@app.command()
def once(ctx: typer.Context) -> None:
    """Run what is due, once: for cron or a timer. Sends what waits too; nothing due is a success."""
    import threading

    from knowledge.errors import StoreError
    from ui.schedule.loop import make_tools, report_lines, stopping_on_signals
    from ui.schedule.run import run_due

    stop = threading.Event()
    with stopping_on_signals(stop), open_home(ctx, now()) as places:
        report = run_due(places, make_tools(settings(ctx), now, stop))
    for line in report_lines(report):
        say(line)
    if report.idle:
        say("Nothing is due.")
    bad = [one for one in report.ended if one.run.state != "done"]
    if bad:
        raise StoreError(
            f"{len(bad)} of {len(report.ended)} briefs were not written",
            subject=", ".join(one.due.client.id for one in bad),
            hint="They are tried again; `vciso schedule list` shows when.",
        )


@app.command()
def run(
    ctx: typer.Context,
    every: Annotated[float, typer.Option(min=1, max=600, help="Seconds between two looks at the clock.")] = 60.0,
) -> None:
    """Run the schedule until it is stopped. Looks each minute, holds the home only while it works. SIGTERM ends it."""
    import threading

    from ui.schedule.loop import loop, make_tools, stopping_on_signals

    stop = threading.Event()
    tools = make_tools(settings(ctx), now, stop)
    say("The schedule runs. Ctrl-C ends it.")
    with stopping_on_signals(stop):
        loop(lambda at: open_home(ctx, at), tools, _journal, seconds=every)
    say("The schedule was stopped; what was in hand is finished.")


def _journal(line: str) -> None:
    say(f"{now():%Y-%m-%d %H:%M:%S}Z {line}")


def _upcoming(places: Places, client_id: str, moment: datetime) -> datetime | None:
    from knowledge.schedule import LOOK_BACK, next_slot

    client = places.profile(client_id)
    with places.shared().read() as unit:
        return next_slot(client, unit.runs.since((moment - LOOK_BACK).date()), moment)


def _local(moment: datetime, timezone: str) -> str:
    from zoneinfo import ZoneInfo

    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M} {timezone}"
