"""`vciso client`: the portfolio."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table

MODEL_POLICIES = {
    "none": "none may see its text",
    "local-only": "those on this machine may see its text",
    "any": "any may see its text, elsewhere with names replaced",
}

app = group(
    "client",
    "The clients of the portfolio: add, show, archive, remove with proof, hand over.",
    "The clients of the portfolio.",
)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Policy = Annotated[
    str | None,
    typer.Option(
        "--model-policy",
        metavar="none|local-only|any",
        help="Language models that may see the client's text: none, those on this machine, or any (names replaced).",
    ),
]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the client, as reports show it.")],
    client_id: Annotated[str, typer.Option("--id", help="Short id for commands; default: made of the name.")] = "",
    sector: Annotated[str, typer.Option(help="One word: healthcare, manufacturing, software, finance, ...")] = "",
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="ISO code such as US, US-TX, DE, EU; repeatable.")
    ] = None,
    framework: Annotated[
        list[str] | None, typer.Option(help="Framework in scope: id or usual name; repeatable.")
    ] = None,
    headcount: Annotated[int | None, typer.Option(min=0, help="People who work there.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA time zone; the brief's day is the client's day.")] = "UTC",
    alert_budget: Annotated[int, typer.Option(min=1, max=50, help="Most Act now and Check today items together.")] = 5,
    scope: Annotated[str, typer.Option(help="What the engagement covers.")] = "",
    cadence: Annotated[str, typer.Option(help="How often you meet.")] = "",
    hours: Annotated[float, typer.Option(min=0, max=80, help="Hours a week.")] = 0.0,
    model_policy: Policy = None,
) -> None:
    """Add a client: makes a place of its own, with its own database."""
    from knowledge.clients import add_client, new_ref, slug
    from knowledge.records.client import Client, Engagement
    from ui.app.catalogue import framework_ids_of
    from ui.cli.inputs import checked, checked_zone

    at = now()
    client = checked(
        Client,
        id=client_id or slug(name),
        ref=new_ref(),
        name=name.strip(),
        sector=sector.strip().casefold(),
        jurisdictions=tuple(code.strip().upper() for code in jurisdiction or ()),
        headcount=headcount,
        timezone=checked_zone(timezone),
        alert_budget=alert_budget,
        model_policy=model_policy or "local-only",
        engagement=Engagement(scope=scope, cadence=cadence, hours_per_week=hours),
        created_at=at,
    )
    with open_home(ctx, at) as places:
        named = framework_ids_of(places, framework) if framework else ()
        add_client(places, client.model_copy(update={"frameworks": named}), at)
    say(f"Added {client.name} as {client.id}.")
    say(f"Next: vciso assets import {client.id} FILE, then vciso brief {client.id}.")


@app.command("list")
def list_clients(
    ctx: typer.Context,
    archived: Annotated[bool, typer.Option("--archived", help="Show archived clients too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the clients."""
    with open_home(ctx, now()) as places:
        clients = places.profiles(archived=archived)
    if as_json:
        say_json([client.model_dump(mode="json") for client in clients])
        return
    if not clients:
        say('No clients yet. Add one: vciso client add "Northgate Family Clinic" --sector healthcare')
        return
    rows = [
        (c.id, c.name, c.sector or "-", ", ".join(c.jurisdictions) or "-", f"{c.engagement.hours_per_week:g}", c.status)
        for c in clients
    ]
    say_table("Clients", ("Id", "Name", "Sector", "Jurisdictions", "Hours a week", "Status"), rows)


@app.command()
def show(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """Show a client's profile and what is kept of it."""
    with open_home(ctx, now()) as places:
        client = places.profile(client_id)
        with places.client(client_id) as place, place.read() as unit:
            held = {
                "assets": len(unit.assets.list()),
                "suppliers": len(unit.third_parties.list()),
                "briefs": len(unit.briefs.days()),
                "open notes": len(unit.notes.list()),
            }
            folder = place.folder
    if as_json:
        say_json(client.model_dump(mode="json") | {"held": held, "folder": str(folder)})
        return
    engagement = client.engagement
    rows = [
        ("Id", client.id),
        ("Name", client.name),
        ("Status", client.status),
        ("Sector", client.sector or "not set"),
        ("Jurisdictions", ", ".join(client.jurisdictions) or "not set"),
        ("Frameworks", ", ".join(client.frameworks) or "not set"),
        ("People", "not set" if client.headcount is None else str(client.headcount)),
        ("Time zone", client.timezone),
        ("Alert budget", f"{client.alert_budget} items a day"),
        ("Language models", MODEL_POLICIES[client.model_policy]),
        ("Engagement", " · ".join(p for p in (engagement.scope, engagement.cadence) if p) or "not set"),
        ("Hours a week", f"{engagement.hours_per_week:g}"),
        ("Kept", ", ".join(f"{count} {name}" for name, count in held.items())),
        ("Folder", str(folder)),
    ]
    say_table(client.name, ("", ""), rows)


@app.command("set")
def set_command(
    ctx: typer.Context,
    client_id: ClientArgument,
    name: Annotated[str | None, typer.Option(help="Name, as reports show it.")] = None,
    sector: Annotated[str | None, typer.Option(help="One word: healthcare, manufacturing, ...")] = None,
    jurisdiction: Annotated[list[str] | None, typer.Option(help="ISO code; repeatable; replaces the list.")] = None,
    framework: Annotated[
        list[str] | None, typer.Option(help="Framework in scope: id or usual name; repeatable; replaces the list.")
    ] = None,
    headcount: Annotated[int | None, typer.Option(min=0, help="People who work there.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA time zone.")] = None,
    alert_budget: Annotated[int | None, typer.Option(min=1, max=50, help="Most items before the line.")] = None,
    scope: Annotated[str | None, typer.Option(help="What the engagement covers.")] = None,
    cadence: Annotated[str | None, typer.Option(help="How often you meet.")] = None,
    hours: Annotated[float | None, typer.Option(min=0, max=80, help="Hours a week.")] = None,
    model_policy: Policy = None,
) -> None:
    """Change a client's profile; what is not named stays."""
    from knowledge.clients import update_client
    from knowledge.errors import UsageError
    from knowledge.records.client import Client
    from ui.app.catalogue import framework_ids_of
    from ui.cli.inputs import checked, checked_zone

    engagement = {"scope": scope, "cadence": cadence, "hours_per_week": hours}
    given = {
        "name": name.strip() if name is not None else None,
        "sector": sector.strip().casefold() if sector is not None else None,
        "jurisdictions": tuple(code.strip().upper() for code in jurisdiction) if jurisdiction else None,
        "headcount": headcount,
        "timezone": checked_zone(timezone) if timezone is not None else None,
        "alert_budget": alert_budget,
        "model_policy": model_policy,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    terms = {key: value for key, value in engagement.items() if value is not None}
    if not changes and not terms and not framework:
        raise UsageError("nothing to change", subject=client_id, hint="Name an option; --help lists them.")
    at = now()
    with open_home(ctx, at) as places:
        before = places.profile(client_id)
        if framework:
            changes["frameworks"] = framework_ids_of(places, framework, client_id)
        whole = before.model_dump() | changes | {"engagement": before.engagement.model_dump() | terms}
        after = update_client(places, checked(Client, **whole), at)
    changed = sorted(key for key in (*changes, "engagement") if getattr(after, key) != getattr(before, key))
    say(f"Changed {after.name}: {', '.join(changed).replace('_', ' ')}." if changed else "It was so already.")
    if "model_policy" in changed:
        say(f"Language models: {MODEL_POLICIES[after.model_policy]}.")


@app.command()
def archive(
    ctx: typer.Context,
    client_id: ClientArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Take the client up again.")] = False,
) -> None:
    """Archive a client: no more briefs, nothing deleted."""
    from knowledge.clients import set_status

    at = now()
    with open_home(ctx, at) as places:
        client = set_status(places, client_id, "active" if undo else "archived", at)
    say(f"{client.name} is {client.status}.")


@app.command()
def remove(
    ctx: typer.Context,
    client_id: ClientArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a client for good and prove by a byte search that nothing is left. Export first if anyone may need it."""
    from knowledge.clients import remove_client

    at = now()
    with open_home(ctx, at) as places:
        client = places.profile(client_id)
        if not yes:
            typer.confirm(f"Delete everything of {client.name} for good?", abort=True)
        proof = remove_client(places, client_id, at)
    say(f"Removed {client.name}: {proof.files_removed} files, {proof.bytes_removed:,} bytes.")
    say(f"Searched {proof.files_searched} files that remain: nothing of the client is left.")
    if proof.public_mentions:
        say("Public news or advisories name a firm of that name; those are the publishers' words and stay.")
    for name in proof.named_elsewhere:
        say(f"Look at {name}: another client's own records name a firm of that name.")
    say(f"The shared audit chain keeps lines of it under {proof.ref} only.")


@app.command("export")
def export_command(
    ctx: typer.Context,
    client_id: ClientArgument,
    file: Annotated[Path | None, typer.Argument(help="Archive to write; default: CLIENT-DATE.vciso.zip here.")] = None,
) -> None:
    """Write everything of a client to one archive, for a successor. The archive is not encrypted."""
    from knowledge.handover import export_client

    at = now()
    target = file or Path(f"{client_id}-{at:%Y-%m-%d}.vciso.zip")
    with open_home(ctx, at) as places:
        manifest = export_client(places, client_id, target, at)
    say(f"Wrote {target}: {len(manifest.files)} files of {manifest.client.name}, not encrypted: hand it over safely.")


@app.command("import")
def import_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Archive that `vciso client export` wrote.")],
    client_id: Annotated[str, typer.Option("--id", help="Take it in under another id.")] = "",
) -> None:
    """Take a client in from an archive; every file and the audit chain are checked first."""
    from knowledge.errors import NotFoundError
    from knowledge.handover import import_client

    if not file.is_file():
        raise NotFoundError("no such file", subject=str(file), hint="Check the path.")
    at = now()
    with open_home(ctx, at) as places:
        client = import_client(places, file, at, as_id=client_id)
    say(f"Took in {client.name} as {client.id}.")
