"""`vciso policy`: edit a draft, put it before its reviewers, decide, publish, retire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.common import now, open_home, say, say_table
from ui.cli.policy import ClientArgument, PolicyArgument, say_changes, the_policy, version_line

if TYPE_CHECKING:
    from advisor.attestation.materiality import Materiality
    from knowledge.places import ClientPlace

app = typer.Typer()
"""Put into the group `policy` by ui.cli.main."""


@app.command()
def edit(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The edited Markdown; default: an editor.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the Markdown to edit there, and nothing else.")] = None,
) -> None:
    """Edit the open version as Markdown: in your editor, or written out and read back in.

    The first line of the file says which revision it began from: a save that comes second is refused, and kept.
    """
    from advisor.policies.editing import from_markdown, start_of, to_markdown
    from advisor.policies.lifecycle import open_version, save_text
    from knowledge.errors import BadInputError, ConflictError, NotFoundError

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        current = open_version(place, the_policy(place, which))
        if out is not None:
            out.write_text(to_markdown(current), encoding="utf-8")
            say(f"Wrote {out}. Read it back: vciso policy edit {client_id} {current.policy_id} {out}")
            return
        if file is not None:
            try:
                markdown: str | None = file.read_text(encoding="utf-8")
            except FileNotFoundError:
                raise NotFoundError("there is no such file", subject=str(file)) from None
            except (OSError, UnicodeDecodeError) as error:
                raise BadInputError(f"cannot be read as text ({error})", subject=str(file)) from error
        else:
            markdown = _in_editor(to_markdown(current))
        if markdown is None:
            say("Nothing was changed.")
            return
        start = start_of(markdown)
        if start is None or start[0] != current.policy_id:
            raise BadInputError(
                "does not say which policy and revision it began from",
                subject=str(file or "the text"),
                hint="Keep its first line as `vciso policy edit --out` wrote it.",
            )
        if start[1] != current.number:
            raise ConflictError(
                f"began from version {start[1]}; version {current.number} is open now", subject=current.text.title
            )
        version = save_text(
            place,
            current.policy_id,
            current.number,
            from_markdown(markdown, current.text),
            at,
            seen_revision=start[2],
        )
    if version.revision == current.revision:
        say("Nothing was changed.")
    else:
        say(f"Saved {version.label}, revision {version.revision}, {version.status}.")


@app.command()
def kept(ctx: typer.Context, client_id: ClientArgument, which: PolicyArgument) -> None:
    """Show texts whose save came second, beside what had been saved."""
    from advisor.policies.diff import text_changes

    with open_home(ctx, now()) as places, places.client(client_id) as place:
        policy_id = the_policy(place, which)
        with place.read() as unit:
            found = unit.policy_reviews.kept_texts(policy_id)
            versions = {one.number: one for one in unit.policies.versions(policy_id)}
    if not found:
        say("No text came second.")
    for one in found:
        say(
            f"{one.id}: by {one.author} on {one.at:%Y-%m-%d %H:%M} UTC, version {one.version}, begun at revision "
            f"{one.seen_revision} when {one.current_revision} was saved. Against the text of today:"
        )
        say_changes(text_changes(versions[one.version].text, one.text))


@app.command()
def submit(ctx: typer.Context, client_id: ClientArgument, which: PolicyArgument) -> None:
    """Put the open version before its reviewers."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        version = lifecycle.submit(place, the_policy(place, which), at)
        suggestion = _suggestion(place, version.policy_id)
    say(version_line(version))
    say(suggestion.sentence)
    for one in suggestion.reasons:
        say(f"  {one.clause}: {one.text}")
    say(f"Approve it: vciso policy approve {client_id} {version.policy_id} --sha256 {version.sha256[:12]} ...")


@app.command()
def comment(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you have to say.")],
    clause: Annotated[str, typer.Option(metavar="N", help="Number of the clause; default: the whole.")] = "",
) -> None:
    """Comment on the newest version or on a clause of it."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        found = lifecycle.comment(place, the_policy(place, which), text, at, clause=clause)
    say(f"Kept {found.id} on version {found.version}{f', clause {clause}' if clause else ''}.")


@app.command()
def resolve(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    comment_id: Annotated[str, typer.Argument(metavar="COMMENT", help="Id of the comment.")],
) -> None:
    """Mark a comment as dealt with."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        found = lifecycle.resolve_comment(place, the_policy(place, which), comment_id, at)
    say(f"{found.id} is dealt with.")


@app.command("request-changes")
def request_changes(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    reason: Annotated[str, typer.Option(help="What should be different.")],
) -> None:
    """Send the version that is in review back to its editors."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        say(version_line(lifecycle.request_changes(place, the_policy(place, which), reason, at)))


@app.command()
def approve(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    material: Annotated[
        bool | None, typer.Option("--material/--not-material", help="Whether staff must sign again: you decide.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is material, or why not.")] = "",
    note: Annotated[str, typer.Option(help="Kept with the approval.")] = "",
    sha256: Annotated[str, typer.Option(help="Beginning of the hash of the text that you read.")] = "",
) -> None:
    """Approve the version that is in review; its text does not change any more."""
    from advisor.policies import lifecycle
    from knowledge.errors import UsageError

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        if material is None:
            raise UsageError(
                "say whether the change is material: --material or --not-material",
                hint=f"The suggestion: {_suggestion(place, the_policy(place, which)).sentence}",
            )
        version = lifecycle.approve(
            place,
            the_policy(place, which),
            at,
            material=material,
            material_reason=reason,
            note=note,
            sha256=sha256,
        )
    say(f"{version_line(version)} SHA-256 {version.sha256}")
    if version.approved_by == version.edited_by:
        say("  Note: approved by the person who edited it last; an auditor may ask for a second pair of eyes.")


@app.command()
def publish(ctx: typer.Context, client_id: ClientArgument, which: PolicyArgument) -> None:
    """Bring the approved version into force; the one before is retired, and the review date is set."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        found = lifecycle.publish(place, the_policy(place, which), at, places.profile(client_id))
    say(f"{version_line(found.version)} Next review: {found.policy.next_review_on}.")
    if found.retired is not None:
        say(f"  {version_line(found.retired)}")


@app.command()
def retire(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    reason: Annotated[str, typer.Option(help="Why it goes out of force.")],
) -> None:
    """Take a policy out of force; versions and sign-offs stay."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        policy = lifecycle.retire(place, the_policy(place, which), reason, at)
    say(f"{policy.title} is retired.")


@app.command()
def reviewed(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    note: Annotated[str, typer.Option(help="What was looked at and why it stays.")],
) -> None:
    """Record that a policy was reviewed and stays as it is; the next review date moves on."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        policy = lifecycle.reviewed(place, the_policy(place, which), note, at, places.profile(client_id))
    say(f"{policy.title} was reviewed. Next review: {policy.next_review_on}.")


@app.command("set")
def set_policy(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: PolicyArgument,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    review_months: Annotated[int | None, typer.Option(help="Months between reviews, 1 to 60.")] = None,
) -> None:
    """Name a policy's owner or how often it is reviewed."""
    from advisor.policies import lifecycle

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        policy = lifecycle.set_policy(place, the_policy(place, which), at, owner=owner, review_months=review_months)
    say_table(
        policy.title,
        ("", ""),
        [("Owner", policy.owner or "-"), ("Reviewed every", f"{policy.review_months} months")],
    )


def _suggestion(place: ClientPlace, policy_id: str) -> Materiality:
    """Whether the newest version changes what people must do, against the one in force."""
    from advisor.attestation.materiality import suggest
    from advisor.policies.find import newest

    with place.read() as unit:
        before, after = unit.policies.published(policy_id), newest(unit, policy_id)
    return suggest(before.text if before is not None else None, after.text)


def _in_editor(text: str) -> str | None:
    """The text as the person leaves it in the editor of VISUAL or EDITOR; None where it is as it was.

    Raises:
        UsageError: no editor is named, or it ended with an error.
    """
    import os
    import shlex
    import subprocess
    import tempfile

    from knowledge.errors import UsageError

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    hint = "Set EDITOR, or write the text out with --out and read it back in."
    if not editor:
        raise UsageError("no editor is named", hint=hint)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policy.md"
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603 - the person's own editor
        except (OSError, ValueError) as error:
            raise UsageError(f"the editor could not be started ({error})", subject=editor[:80], hint=hint) from None
        if done.returncode:
            raise UsageError(f"the editor ended with {done.returncode}", subject=editor[:80], hint=hint)
        edited = file.read_text(encoding="utf-8")
    return None if edited == text else edited
