"""`vciso user`: who may sign in to the app, and what each may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table

if TYPE_CHECKING:
    from knowledge.records.access import Role

app = group(
    "user",
    "People who may sign in to the app, and their role at each client. The command line acts as the owner of this "
    "machine's home and may do everything; roles bind whoever signs in.",
    "People who may sign in, and their roles.",
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Address that their sign-in names.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]


def _role(text: str) -> Role:
    from knowledge.errors import UsageError
    from knowledge.records.access import Role

    roles: tuple[Role, ...] = get_args(Role)
    for role in roles:
        if text == role:
            return role
    raise UsageError("is not a role", subject=text, hint=f"One of: {', '.join(roles)}.")


@app.command()
def add(
    ctx: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="How to call them.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="Runs the portfolio: every client, users, sources.")] = False,
) -> None:
    """Add someone who may sign in. Without --admin they see nothing until a role is granted."""
    from knowledge.access import add_user, sign_in_needed

    at = now()
    with open_home(ctx, at) as places:
        first = not sign_in_needed(places)
        user = add_user(places, email, at, name=name, admin=admin)
    say(f"Added {user.email}{', who runs the portfolio' if admin else ''}.")
    if not admin:
        say(f"Next: vciso user grant {user.email} CLIENT reader|reviewer|editor|owner.")
    if first:
        say("From now on the app asks for a sign-in; docs/guide/access.md says how to set the provider.")


@app.command("list")
def list_command(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List who may sign in, with their roles."""
    from knowledge.access import list_users

    with open_home(ctx, now()) as places:
        found = list_users(places)
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say("No users: the app on this machine is for its owner alone. Add one: vciso user add EMAIL --admin")
        return
    rows = [
        (
            one.user.email,
            one.user.name or "-",
            "everything" if one.user.admin else ", ".join(f"{c}: {r}" for c, r in sorted(one.roles.items())) or "none",
        )
        for one in found
    ]
    say_table("Users", ("E-mail", "Name", "Roles"), rows)


@app.command()
def grant(
    ctx: typer.Context,
    email: Email,
    client_id: ClientArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="reader, reviewer, editor or owner.")],
) -> None:
    """Give a user a role at a client; it replaces the one they had there."""
    from knowledge.access import grant_role
    from knowledge.records.access import ROLE_WORDS

    at, wanted = now(), _role(role)
    with open_home(ctx, at) as places:
        given = grant_role(places, email, client_id, wanted, at)
    say(f"{given.email} is {wanted} of {client_id}: {ROLE_WORDS[wanted]}.")


@app.command()
def revoke(ctx: typer.Context, email: Email, client_id: ClientArgument) -> None:
    """Take a user's role at a client; a session that is open is refused at its next action."""
    from knowledge.access import revoke_role

    at = now()
    with open_home(ctx, at) as places:
        taken = revoke_role(places, email, client_id, at)
    say(f"{email} has no role at {client_id} any more." if taken else f"{email} had no role at {client_id}.")


@app.command()
def admin(
    ctx: typer.Context,
    email: Email,
    undo: Annotated[bool, typer.Option("--undo", help="Make them an ordinary user again.")] = False,
) -> None:
    """Make a user an administrator of the portfolio."""
    from knowledge.access import set_admin

    at = now()
    with open_home(ctx, at) as places:
        user = set_admin(places, email, at, admin=not undo)
    say(f"{user.email} {'runs the portfolio' if user.admin else 'does not run the portfolio any more'}.")


@app.command()
def remove(ctx: typer.Context, email: Email) -> None:
    """Remove a user with every role."""
    from knowledge.access import remove_user

    at = now()
    with open_home(ctx, at) as places:
        user = remove_user(places, email, at)
    say(f"Removed {user.email}.")
