"""`vciso audit`: the append-only trail."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ui.cli.common import group, now, open_home, say, say_json, say_table

app = group(
    "audit",
    "The append-only audit chains: one of the shared place, one of each client.",
    "Show and verify the audit chains.",
)

ClientOption = Annotated[str | None, typer.Argument(metavar="[CLIENT]", help="Client; default: the shared chain.")]


@app.command()
def verify(
    ctx: typer.Context,
    client_id: ClientOption = None,
    every: Annotated[bool, typer.Option("--all", help="Verify the shared chain and every client's.")] = False,
    expect: Annotated[
        str, typer.Option(help="Head hash written down earlier; also proves that nothing was cut off the end.")
    ] = "",
) -> None:
    """Check a chain; names the first row that does not hold."""
    from knowledge.audit import ChainBreak, verify_chain
    from knowledge.errors import IntegrityError, UsageError

    if every and (client_id or expect):
        raise UsageError("--all goes with neither a client nor --expect", hint="Give one or the other.")
    broken: list[str] = []
    with open_home(ctx, now()) as places:
        targets = [client_id] if not every else [None, *(client.id for client in places.profiles(archived=True))]
        for target in targets:
            name = target or "shared"
            if target is None:
                with places.shared().read() as unit:
                    result = verify_chain(unit.audit.rows(), expect)
            else:
                with places.client(target) as place, place.read() as own:
                    result = verify_chain(own.audit.rows(), expect)
            if isinstance(result, ChainBreak):
                broken.append(f"{name}: row {result.seq} {result.reason}")
            elif result is None:
                say(f"{name}: empty")
            else:
                rows = "1 row holds" if result.seq == 1 else f"{result.seq} rows hold"
                say(f"{name}: {rows}; head {result.hash}")
    if broken:
        raise IntegrityError(
            "; ".join(broken),
            subject="audit chain",
            hint="Compare with a backup; rows before the one named still hold.",
        )


@app.command()
def show(
    ctx: typer.Context,
    client_id: ClientOption = None,
    last: Annotated[int, typer.Option(min=1, help="How many rows, from the end.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the newest rows of a chain."""
    with open_home(ctx, now()) as places:
        if client_id is None:
            with places.shared().read() as unit:
                rows = list(unit.audit.rows(last=last))
        else:
            with places.client(client_id) as place, place.read() as own:
                rows = list(own.audit.rows(last=last))
    if as_json:
        say_json([row.model_dump(mode="json") for row in rows])
        return
    cells = [
        (
            str(r.seq),
            f"{r.at:%Y-%m-%d %H:%M:%S}",
            r.actor,
            r.action,
            r.subject,
            json.dumps(r.detail, ensure_ascii=False)[:200],
        )
        for r in rows
    ]
    say_table(f"Audit chain: {client_id or 'shared'}", ("Row", "At (UTC)", "Who", "What", "On", "Detail"), cells)
