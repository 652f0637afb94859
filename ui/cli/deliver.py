"""`vciso deliver`: where briefs go, and what has not arrived."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knowledge.outbox import AnyPlace
    from knowledge.places import Places
    from knowledge.records.delivery import Delivery, OutboxEntry
    from ui.deliver.send import Delivered

app = group(
    "deliver",
    "Where briefs go: mail, Slack, Teams, feeds; what was sent, what waits, what did not arrive.",
    "Send briefs by mail, Slack and Teams.",
)

Target = Annotated[
    str | None, typer.Argument(metavar="[CLIENT]", help="Id of the client; --portfolio for the page over all.")
]
Portfolio = Annotated[bool, typer.Option("--portfolio", help="The page over all clients instead of a client.")]


@contextmanager
def _place(places: Places, client_id: str | None, portfolio: bool) -> Iterator[AnyPlace]:
    from knowledge.errors import UsageError

    if portfolio == (client_id is not None):
        raise UsageError("name a client or give --portfolio", hint="vciso deliver COMMAND CLIENT.")
    if client_id is None:
        yield places.shared()
    else:
        with places.client(client_id) as place:
            yield place


@app.command("set")
def set_command(
    ctx: typer.Context,
    client_id: Target = None,
    portfolio: Portfolio = False,
    mail: Annotated[list[str] | None, typer.Option(help="Address; repeatable; replaces the list.")] = None,
    no_mail: Annotated[bool, typer.Option("--no-mail", help="Send no mail.")] = False,
    slack: Annotated[
        str | None,
        typer.Option("--slack-url-env", metavar="NAME", help="Variable with the Slack webhook's address; '' for none."),
    ] = None,
    teams: Annotated[
        str | None,
        typer.Option("--teams-url-env", metavar="NAME", help="Variable with the Teams webhook's address; '' for none."),
    ] = None,
    feed: Annotated[bool | None, typer.Option("--feed/--no-feed", help="RSS and JSON feed beside the briefs.")] = None,
) -> None:
    """Set where a client's briefs go; what is not named stays. Addresses of webhooks stay in the environment."""
    from knowledge.errors import UsageError
    from knowledge.outbox import delivery_of, set_delivery
    from knowledge.records.delivery import Delivery
    from ui.cli.inputs import checked

    if mail and no_mail:
        raise UsageError("--mail goes not with --no-mail", hint="Give one of them.")
    given = {
        "mail": () if no_mail else tuple(mail) if mail else None,
        "slack_url_env": slack,
        "teams_url_env": teams,
        "feed": feed,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    at = now()
    with open_home(ctx, at) as places, _place(places, client_id, portfolio) as place:
        before = delivery_of(place)
        after = set_delivery(place, checked(Delivery, **(before.model_dump() | changes)), at) if changes else before
    _say_delivery(after, client_id or "portfolio")


def _say_delivery(found: Delivery, whose: str) -> None:
    import os

    def variable(name: str) -> str:
        if not name:
            return "no"
        return f"{name} ({'set' if os.environ.get(name) else 'not set'} in this environment)"

    rows = [
        ("Mail", ", ".join(found.mail) or "no"),
        ("Slack", variable(found.slack_url_env)),
        ("Teams", variable(found.teams_url_env)),
        ("Feed", "feed.xml and feed.json beside the briefs" if found.feed else "no"),
    ]
    say_table(f"Delivery: {whose}", ("", ""), rows)


@app.command()
def show(ctx: typer.Context, client_id: Target = None, portfolio: Portfolio = False) -> None:
    """Show where a client's briefs go."""
    from knowledge.outbox import delivery_of

    with open_home(ctx, now()) as places, _place(places, client_id, portfolio) as place:
        found = delivery_of(place)
    _say_delivery(found, client_id or "portfolio")


@app.command()
def test(ctx: typer.Context, client_id: Target = None, portfolio: Portfolio = False) -> None:
    """Send a test message to every target right now."""
    from knowledge.errors import SourceError
    from ui.deliver.send import make_channels, send_portfolio_trial, send_trial

    with open_home(ctx, now()) as places:
        with _place(places, client_id, portfolio):
            channels = make_channels(settings(ctx))
        done = (
            send_trial(places, channels, now, client_id) if client_id else send_portfolio_trial(places, channels, now)
        )
    if not done.entries:
        say("Nobody is set to get messages: vciso deliver set.")
        return
    _say_delivered(done)
    if done.sent < len(done.entries):
        raise SourceError(
            f"{len(done.entries) - done.sent} of {len(done.entries)} test messages did not leave",
            hint="The lines above say why; a test is not tried again.",
        )


@app.command()
def status(
    ctx: typer.Context,
    client_id: Target = None,
    portfolio: Portfolio = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    last: Annotated[int, typer.Option(min=1, help="How many messages, from the newest.")] = 20,
) -> None:
    """Show what was sent and what was not. Without a client: what has not arrived, of every one."""
    from knowledge.outbox import undelivered

    entries: list[tuple[str, OutboxEntry]]
    with open_home(ctx, now()) as places:
        if client_id is None and not portfolio:
            entries = list(undelivered(places))
        else:
            with _place(places, client_id, portfolio) as place, place.read() as unit:
                entries = [(client_id or "", entry) for entry in unit.outbox.list(last=last)]
    if as_json:
        say_json([{"client": whose} | entry.model_dump(mode="json", exclude={"message"}) for whose, entry in entries])
        return
    if not entries:
        say("Nothing waits and nothing failed." if client_id is None and not portfolio else "Nothing was sent yet.")
        return
    rows = [
        (
            entry.id,
            whose or "portfolio",
            entry.subject,
            f"{entry.channel}: {entry.target}",
            entry.state,
            " ".join(
                part
                for part in (
                    f"{entry.sent_at:%Y-%m-%d %H:%M} UTC" if entry.sent_at else "",
                    f"{entry.reason}." if entry.reason else "",
                    f"next try {entry.next_try_at:%Y-%m-%d %H:%M} UTC" if entry.next_try_at else "",
                )
                if part
            ),
        )
        for whose, entry in entries
    ]
    say_table("Messages", ("Id", "Of", "Subject", "To", "State", ""), rows)


@app.command()
def send(
    ctx: typer.Context,
    client_id: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Id of the client; default: every one, and the portfolio.")
    ] = None,
) -> None:
    """Send what waits and is due. The schedule does it by itself every few minutes."""
    from ui.deliver.send import deliver_due, make_channels

    with open_home(ctx, now()) as places:
        chosen = None if client_id is None else [places.profile(client_id).id]
        done = deliver_due(places, make_channels(settings(ctx)), now, clients=chosen)
    if not done.entries and not done.failed:
        say("Nothing is due.")
    _say_delivered(done)


@app.command()
def retry(
    ctx: typer.Context,
    client_id: Target = None,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these messages.")] = None,
    portfolio: Portfolio = False,
    unsure: Annotated[
        bool, typer.Option("--unsure", help="Also those that may have arrived: somebody may get them twice.")
    ] = False,
) -> None:
    """Try messages that failed or wait again, right now."""
    from knowledge.outbox import retry as make_due
    from ui.deliver.send import deliver_due, make_channels

    at = now()
    client_id, ids = _whose(client_id, ids, portfolio)
    with open_home(ctx, at) as places:
        with _place(places, client_id, portfolio) as place:
            due = make_due(place, at, ids=ids, unsure=unsure)
        done = deliver_due(places, make_channels(settings(ctx)), now, clients=[client_id] if client_id else None)
    if not due:
        say("Nothing to try again.")
    _say_delivered(done)


@app.command()
def drop(
    ctx: typer.Context,
    client_id: Target = None,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Messages to give up.")] = None,
    portfolio: Portfolio = False,
) -> None:
    """Give messages up. They are not sent, and briefs do not speak of them any more."""
    from knowledge.errors import UsageError
    from knowledge.outbox import discard

    client_id, ids = _whose(client_id, ids, portfolio)
    if not ids:
        raise UsageError("name the messages", hint="`vciso deliver status` shows their ids.")
    at = now()
    with open_home(ctx, at) as places, _place(places, client_id, portfolio) as place:
        dropped = discard(place, at, ids)
    say(f"Gave up {len(dropped)}.")


def _whose(client_id: str | None, ids: list[str] | None, portfolio: bool) -> tuple[str | None, list[str]]:
    """With --portfolio there is no client, so what stands in its place is the first id."""
    return (None, [*([client_id] if client_id else []), *(ids or [])]) if portfolio else (client_id, ids or [])


def _say_delivered(done: Delivered) -> None:
    for whose, entry in done.entries:
        if entry.state == "sent":
            say(f"Sent to {entry.target} ({whose or 'portfolio'}, {entry.channel}).")
        else:
            say(f"Not sent to {entry.target} ({whose or 'portfolio'}, {entry.channel}): {entry.reason}.")
    for client, why in done.failed.items():
        say(f"{client}: {why}")
