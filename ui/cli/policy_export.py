"""`vciso policy export` and `vciso policy reminders`: policies as files, and what of them waits for somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import now, open_home, progress, say, say_json, say_table

app = typer.Typer()

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command()
def export(
    ctx: typer.Context,
    client_id: ClientArgument,
    policy: Annotated[str, typer.Argument(metavar="[POLICY]", help="Id, topic or title; or use --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every policy that is not retired.")] = False,
    formats: Annotated[str, typer.Option("--format", help="Of docx, pdf, md, html; with commas between.")] = "docx,pdf",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path(),
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="This version; default: the one in force, else the newest.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The client's own DOCX or DOTX for the Word files.")
    ] = None,
    pack: Annotated[
        bool,
        typer.Option("--pack", help="One zip: policies, index, approvals, coverage, signatures, SoA for ISO 27001."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write policies as Word, PDF, Markdown or HTML files, or the whole set as one pack."""
    from typing import get_args

    from advisor.policies.find import find_policy
    from knowledge.errors import UsageError
    from ui.render.policy_export import Format, export_policies, write_files

    if bool(policy) == (every or pack):
        raise UsageError("name one policy, or use --all or --pack", hint=f"vciso policy export {client_id} --all")
    if version is not None and not policy:
        raise UsageError("--version goes with one policy")
    wanted = [one.strip().lower() for one in formats.split(",") if one.strip()]
    kinds: list[Format] = [one for one in get_args(Format) if one in wanted]
    unknown = sorted(set(wanted) - set(kinds))
    if unknown or not kinds:
        raise UsageError("is no format", subject=", ".join(unknown) or "--format", hint="Use docx, pdf, md and html.")
    at = now()
    with open_home(ctx, at) as places:
        with places.client(client_id) as place, place.read() as unit:
            chosen = [find_policy(unit, policy)] if policy else list(unit.policies.list())
            chosen = [one for one in chosen if unit.policies.versions(one.id)]
        if not chosen:
            raise UsageError(
                "has no policies to export", subject=client_id, hint=f"vciso policy draft {client_id} --all"
            )
        with progress("Exporting") as step:
            made = export_policies(
                places, client_id, chosen, kinds, now=at, number=version, template=template, pack=pack, progress=step
            )
        files = write_files(out, made.files)
    if as_json:
        say_json({"files": [str(file) for file in files], "notes": list(made.notes)})
        return
    for file in files:
        say(str(file))
    for note in made.notes:
        say(f"Note: {note}.")


@app.command()
def reminders(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """Show what of the policies waits for somebody: reviews, exceptions that end, open sign-offs, proposals."""
    from advisor.budget import client_day
    from advisor.policies.reminders import reminders as read

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place, place.read() as unit:
        found = read(unit, client_day(at, places.profile(client_id).timezone))
    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say("Nothing waits.")
        return
    rows = [(one.kind, one.subject, one.text, f"{one.due:%Y-%m-%d}" if one.due else "-", one.ref) for one in found]
    say_table(f"Policies of {client_id}", ("What", "Policy", "", "Due", "Id"), rows)
