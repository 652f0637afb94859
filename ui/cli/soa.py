"""`vciso soa` and `vciso evidence`: what an auditor asks for first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table

app = group(
    "soa",
    "Statement of Applicability for ISO 27001:2022: show it, decide on controls, write it as files.",
    "Statement of Applicability for ISO 27001.",
)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
ControlArgument = Annotated[str, typer.Argument(metavar="CONTROL", help="Such as A.7.4.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Because = Annotated[str, typer.Option("--because", help="Why, in your own words; the statement quotes them.")]


@app.command()
def show(
    ctx: typer.Context,
    client_id: ClientArgument,
    control: Annotated[str, typer.Argument(metavar="[CONTROL]", help="Only this one, with all that is known.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show every control: whether it applies, why, and what the policies show of it."""
    from advisor.budget import client_day
    from advisor.policies.requirements import client_catalogue
    from advisor.policies.soa import find_row, statement_of_applicability

    at = now()
    with open_home(ctx, at) as places:
        client = places.profile(client_id)
        catalogue = client_catalogue(places, client_id)
        with places.client(client_id) as place, place.read() as unit:
            soa = statement_of_applicability(unit, client, catalogue, client_day(at, client.timezone))
    if control:
        row = find_row(soa, control)
        if as_json:
            say_json(row.model_dump(mode="json"))
            return
        say(f"{row.control_id} {row.title} ({row.theme})")
        said = f" ({row.decided_by}, {row.decided_on})" if row.decided else ""
        say(f"Applies: {'yes' if row.applicable else 'no'}. {row.justification}{said}")
        say(f"Status: {row.status}.")
        for line in (*row.references, *row.exceptions):
            say(f"  {line}")
        return
    if as_json:
        say_json(soa.model_dump(mode="json") | {"sentence": soa.sentence})
        return
    rows = [
        (
            row.control_id,
            row.title,
            "yes" if row.applicable else "no",
            row.status,
            "; ".join(row.references[:2]) + (f" and {len(row.references) - 2} more" if len(row.references) > 2 else ""),
            "decided" if row.decided else "",
        )
        for row in soa.rows
    ]
    head = ("Control", "Title", "Applies", "Status", "Policy and clause", "")
    say_table(f"Statement of Applicability of {client_id}", head, rows)
    say(soa.sentence)


@app.command()
def exclude(ctx: typer.Context, client_id: ClientArgument, control: ControlArgument, because: Because) -> None:
    """Record that a control does not apply."""
    _decide(ctx, client_id, control, because, applicable=False)


@app.command()
def include(ctx: typer.Context, client_id: ClientArgument, control: ControlArgument, because: Because) -> None:
    """Record that a control applies, and why."""
    _decide(ctx, client_id, control, because, applicable=True)


@app.command()
def export(
    ctx: typer.Context,
    client_id: ClientArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path(),
) -> None:
    """Write the statement as XLSX, DOCX and HTML."""
    from ui.render.policy_export import export_soa, write_files

    at = now()
    with open_home(ctx, at) as places:
        made = export_soa(places, client_id, at)
    for file in write_files(out, made.files):
        say(str(file))


def _decide(ctx: typer.Context, client_id: str, control: str, because: str, *, applicable: bool) -> None:
    from advisor.policies.requirements import client_catalogue
    from advisor.policies.soa import decide

    at = now()
    with open_home(ctx, at) as places:
        catalogue = client_catalogue(places, client_id)
        with places.client(client_id) as place:
            made = decide(place, catalogue, control, applicable=applicable, justification=because, now=at)
    say(f"{made.control_id} {'applies' if applicable else 'is excluded'}: {made.justification} ({made.actor})")


def evidence(
    ctx: typer.Context,
    client_id: ClientArgument,
    for_: Annotated[
        list[str] | None, typer.Option("--for", metavar="FRAMEWORK:ID", help="Only this requirement; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what proves each requirement: versions in force, approvals, signatures, exceptions, files."""
    from advisor.budget import client_day
    from advisor.policies.evidence import evidence_for
    from advisor.policies.requirements import client_catalogue, refs

    at = now()
    with open_home(ctx, at) as places:
        client = places.profile(client_id)
        catalogue = client_catalogue(places, client_id)
        wanted = refs(for_ or (), catalogue)
        scope = client.frameworks or tuple(head.id for head in catalogue.heads)
        with places.client(client_id) as place, place.read() as unit:
            found = evidence_for(unit, catalogue, wanted, scope, client_day(at, client.timezone))
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say("No requirement in scope is named by a policy in force yet: approve and publish one first.")
    for one in found:
        say(f"{one.label}  {one.title}")
        say(f"  Clauses: {'; '.join(one.clauses) or 'none of a policy in force'}")
        for record in one.wanted:
            say(f"  To be shown: {record}")
        for line in one.lines:
            digest = f"  SHA-256 {line.sha256[:16]}" if line.sha256 else ""
            say(f"  {line.on:%Y-%m-%d}  {line.kind}: {line.title} ({line.by}) [{line.ref}]{digest}")
        if not one.lines:
            say("  No evidence yet.")
