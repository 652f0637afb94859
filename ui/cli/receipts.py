"""`vciso attest receipt` and `vciso attest verify`: what a person keeps of a signature, and whether it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.common import now, open_home, say, say_json

app = typer.Typer()

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]


@app.command()
def receipt(
    ctx: typer.Context,
    client_id: ClientArgument,
    attestation: Annotated[str, typer.Argument(metavar="SIGN-OFF", help="Its id, at-…")],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write it there, as JSON and text.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the receipt of a sign-off, or write it as a file that can be verified."""
    from advisor.attestation.receipts import receipt_text, write_receipt
    from advisor.attestation.signing import kept_receipt

    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        found = kept_receipt(unit, places.profile(client_id), attestation)
    if out is not None:
        for file in write_receipt(out, found):
            say(str(file))
    elif as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say(receipt_text(found))


@app.command()
def verify(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="RECEIPT", help="JSON file of a receipt.")],
    client_id: Annotated[str, typer.Option("--client", help="Id of the client; default: searched for.")] = "",
    as_json: AsJson = False,
) -> None:
    """Hold a receipt against the client's records and the audit chain."""
    from advisor.attestation.receipts import attestation_sha256, read_receipt
    from advisor.attestation.receipts import verify as hold
    from knowledge.errors import IntegrityError, NotFoundError

    found = read_receipt(file)
    with open_home(ctx, now()) as places:
        owner = client_id
        for client in () if client_id else places.profiles(archived=True):
            with places.client(client.id) as place, place.read() as unit:
                if any(one.id == found.attestation.id for one in unit.attestations.list()):
                    owner = client.id
        if not owner:
            sound = attestation_sha256(found.attestation) == found.attestation_sha256
            raise NotFoundError(
                "no client here has such a sign-off" + ("" if sound else ", and the receipt was changed"),
                subject=file.name,
                hint="Verify it in the home that it came from.",
            )
        with places.client(owner) as place, place.read() as unit:
            checks = hold(unit, found)
    if as_json:
        say_json([{"passed": one.passed, "what": one.what} for one in checks])
    else:
        for one in checks:
            say(f"{'ok  ' if one.passed else 'NO  '} {one.what}")
    if not all(one.passed for one in checks):
        raise IntegrityError("does not hold", subject=file.name, hint="Compare it with `vciso attest receipt`.")
    if not as_json:
        say(f"It holds: {found.attestation.signed_name} signed {found.attestation.policy_title}.")
