"""`vciso exception`: permissions, for a time, not to follow a policy, with what stands in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import group, now, open_home, parse_day, say, say_json, say_table

if TYPE_CHECKING:
    from datetime import date

app = group(
    "exception",
    "Exceptions from policies: grant one against a compensating control, list, renew, close.",
    "Exceptions from policies, with expiry.",
)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
ExceptionArgument = Annotated[str, typer.Argument(metavar="EXCEPTION", help="Its id, ex-…")]
UntilOption = Annotated[str, typer.Option(metavar="DAY", help="Last day on which it holds, at most a year ahead.")]


@app.command()
def add(
    ctx: typer.Context,
    client_id: ClientArgument,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="Id, topic or title of the policy.")],
    what: Annotated[str, typer.Option(help="What is not done, and where.")],
    reason: Annotated[str, typer.Option(help="Why it cannot be done now.")],
    compensating: Annotated[str, typer.Option(help="The control that stands in meanwhile.")],
    owner: Annotated[str, typer.Option(help="Who answers for closing it.")],
    until: UntilOption,
    clause: Annotated[str, typer.Option(help="Number of the clause; default: the whole policy.")] = "",
    for_: Annotated[
        list[str] | None, typer.Option("--for", metavar="FRAMEWORK:ID", help="A further requirement; repeatable.")
    ] = None,
    starts: Annotated[str, typer.Option("--from", metavar="DAY", help="First day; default: today.")] = "",
    as_json: AsJson = False,
) -> None:
    """Grant an exception."""
    from advisor.policies.exceptions import add_exception, target
    from advisor.policies.requirements import client_catalogue, refs

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        wanted = refs(for_ or (), client_catalogue(places, client_id))
        made = add_exception(
            place,
            places.profile(client_id),
            policy,
            what=what,
            reason=reason,
            compensating=compensating,
            owner=owner,
            until=_day(until, "--until"),
            now=at,
            clause=clause,
            requirements=wanted,
            starts_on=parse_day(starts or None, "--from"),
        )
    if as_json:
        say_json(made.model_dump(mode="json"))
        return
    say(f"Granted {made.id}: {target(made)}, until {made.expires_on:%Y-%m-%d}.")
    if made.requirements:
        say(f"It touches {', '.join(made.requirements)}.")
    say("It stands in the coverage and the Statement of Applicability, and in the brief 14 days before it ends.")


@app.command("list")
def list_exceptions(
    ctx: typer.Context,
    client_id: ClientArgument,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List exceptions, the next to end first."""
    from advisor.budget import client_day
    from advisor.policies.exceptions import standing, target

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place, place.read() as unit:
        today = client_day(at, places.profile(client_id).timezone)
        found = unit.policy_exceptions.list(closed=closed)
    if as_json:
        say_json([one.model_dump(mode="json") | {"standing": standing(one, today)} for one in found])
        return
    if not found:
        say("No exceptions.")
        return
    rows = [
        (
            one.id,
            target(one),
            one.what,
            one.compensating,
            one.owner,
            f"{one.expires_on:%Y-%m-%d}",
            standing(one, today) + (f", renewed {len(one.terms) - 1}x" if len(one.terms) > 1 else ""),
        )
        for one in found
    ]
    head = ("Exception", "Policy", "Not done", "Stands in", "Owner", "Until", "State")
    say_table(f"Exceptions of {client_id}", head, rows)


@app.command()
def renew(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: ExceptionArgument,
    until: UntilOption,
    reason: Annotated[str, typer.Option(help="Why it must go on.")],
) -> None:
    """Let an exception go on until a later day; every term stays on record."""
    from advisor.policies.exceptions import renew_exception

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        client = places.profile(client_id)
        done = renew_exception(place, client, which, until=_day(until, "--until"), reason=reason, now=at)
    say(f"{done.id} holds until {done.expires_on:%Y-%m-%d} (term {len(done.terms)}).")


@app.command()
def close(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: ExceptionArgument,
    reason: Annotated[str, typer.Option(help="What was done, or why it is not needed any more.")],
) -> None:
    """Close an exception."""
    from advisor.policies.exceptions import close_exception

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        done = close_exception(place, which, reason=reason, now=at)
    say(f"Closed {done.id}.")


def _day(text: str, option: str) -> date:
    found = parse_day(text, option)
    assert found is not None
    return found
