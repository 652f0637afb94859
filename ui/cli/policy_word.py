"""`vciso policy redline` and `read-back`: a proposal as tracked changes in the client's Word file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import now, open_home, say, say_json, say_table
from ui.cli.policy import AsJson, ClientArgument

app = typer.Typer()
"""Put into the group `policy` by ui.cli.main."""

ProposalArgument = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Such as P-118.")]


@app.command()
def redline(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: ProposalArgument,
    out: Annotated[Path | None, typer.Option(help="Where to write it; default: a name of its own, here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a proposal into the client's own Word file as tracked changes, with a comment for each hunk."""
    from knowledge.errors import StoreError
    from ui.app.redline import make_redline

    at = now()
    with open_home(ctx, at) as places:
        found = make_redline(places, client_id, which, at)
    target = out or Path(found.file_name)
    try:
        target.write_bytes(found.redlined.data)
    except OSError as error:
        raise StoreError(f"cannot be written ({error.strerror})", subject=str(target)) from None
    if as_json:
        say_json({"file": str(target)} | found.redlined.model_dump(mode="json", exclude={"data"}))
        return
    count = len(found.redlined.placed)
    say(f"Wrote {target}: {count} hunk{'' if count == 1 else 's'}, {found.redlined.tracked} tracked changes.")
    for number, reason in found.redlined.unplaced:
        say(f"  Not in it, hunk {number}: {reason}.")
    say(f"Read the decisions back: vciso policy read-back {client_id} {found.proposal.id} FILE")


@app.command("read-back")
def read_back(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: ProposalArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The Word file as it came back.")],
    apply: Annotated[bool, typer.Option("--apply", help="Take what it says as your decision.")] = False,
    reason: Annotated[str, typer.Option(help="Kept with the rejected hunks.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read which tracked changes a reviewer accepted, rejected or wrote in other words; --apply decides so."""
    from dataclasses import asdict

    from knowledge.errors import BadInputError, NotFoundError
    from ui.app import redline as word

    at = now()
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("there is no such file", subject=str(file)) from None
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=str(file)) from None
    with open_home(ctx, at) as places:
        found = word.read_back(places, client_id, which, data, at, name=file.name, apply=apply, reason=reason)
    if as_json:
        say_json(
            {
                "proposal": found.proposal.model_dump(mode="json"),
                "readings": [asdict(one) for one in found.returned.readings],
                "elsewhere": found.returned.elsewhere,
                "comments": found.document.comments,
                "hidden": found.document.hidden,
            }
        )
        return
    hunks = {hunk.number: hunk for hunk in found.proposal.hunks}
    words = {"edited": "accepted in other words", "waiting": "not decided yet", "unclear": "cannot be told"}
    rows = [
        (
            str(one.hunk),
            hunks[one.hunk].clause_number or hunks[one.hunk].section_heading,
            words.get(one.said, one.said),
            one.text,
        )
        for one in found.returned.readings
    ]
    columns = ("Hunk", "Where", "Decision", "In the reviewer's words")
    say_table(f"{found.proposal.id} as {file.name} has it", columns, rows)
    for author, text in found.document.comments:
        say(f"Comment of {author or 'somebody'}: {text}")
    for text in found.returned.elsewhere[:10]:
        say(f"Changed outside of the proposal, not taken: {text}")
    if len(found.returned.elsewhere) > 10:
        say(f"  ... and {len(found.returned.elsewhere) - 10} more paragraphs.")
    if found.document.hidden:
        say(f"It has hidden text in {found.document.hidden} places, which was not read.")
    if found.applied:
        say(f"{found.proposal.id} is {found.proposal.status}.")
    elif not apply and any(one.said in ("accepted", "edited", "rejected") for one in found.returned.readings):
        say("Nothing was decided yet. Take it as your decision: add --apply.")
