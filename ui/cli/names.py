"""`vciso assets resolve`, `aliases` and `unalias`: which public product a spelling of the inventory means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.common import now, open_home, say, say_json, say_table

if TYPE_CHECKING:
    from datetime import datetime

    from advisor.naming import NameCatalogue, Reading
    from knowledge.places import ClientPlace
    from knowledge.records.asset import Asset

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]

SHOWN_ASSETS = 3


def resolve(
    ctx: typer.Context,
    client_id: ClientArgument,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="ASSET=VENDOR:PRODUCT", help="Confirm what an asset's name means; repeatable."),
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for each open name, one after the other.")] = False,
    auto: Annotated[bool, typer.Option("--auto", help="Take the sure ones; shows them only, unless --apply.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="With --auto: keep them.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=20, help="Candidates a name.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show which public product each name could mean, best first, and keep what you confirm."""
    from advisor.naming import NameCatalogue, readings
    from knowledge.errors import UsageError

    if sum((bool(accept), ask, auto)) > 1:
        raise UsageError("--accept, --ask and --auto do not go together", hint="Use one of them.")
    if apply and not auto:
        raise UsageError("--apply needs --auto", hint="vciso assets resolve CLIENT --auto --apply")
    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        with place.read() as unit:
            assets, aliases = unit.assets.list(), unit.aliases.list()
        with places.shared().read() as shared:
            catalogue = NameCatalogue.read(shared)
        if accept:
            _accept(place, assets, accept, catalogue, at)
            return
        found = readings(assets, aliases, catalogue, limit=limit)
        if as_json:
            say_json([_plain(reading) for reading in found])
        elif ask:
            _ask(place, found, at)
        elif auto:
            _auto(place, found, at, apply=apply)
        else:
            _show(client_id, found, catalogue)


def list_aliases(
    ctx: typer.Context,
    client_id: ClientArgument,
    closed: Annotated[bool, typer.Option("--closed", help="Show those taken back too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the names that were confirmed."""
    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        aliases = unit.aliases.list(closed=closed)
    if as_json:
        say_json([alias.model_dump(mode="json") for alias in aliases])
        return
    if not aliases:
        say(f"No names confirmed yet. See what could be: vciso assets resolve {client_id}")
        return
    rows = [
        (
            alias.id,
            f"{alias.written_vendor} {alias.written_product}".strip(),
            f"{alias.vendor}:{alias.product}",
            alias.why,
            f"{alias.actor}, {alias.created_at:%Y-%m-%d}",
            "taken back" if alias.closed_at else "",
        )
        for alias in aliases
    ]
    say_table(f"Confirmed names of {client_id}", ("Alias", "Written", "Means", "Why", "By", ""), rows)


def remove_alias(
    ctx: typer.Context, client_id: ClientArgument, alias_id: Annotated[str, typer.Argument(metavar="ALIAS")]
) -> None:
    """Take a confirmed name back; it stays on record."""
    from advisor.naming import take_back

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        alias = take_back(place, alias_id, at)
    written = f"{alias.written_vendor} {alias.written_product}".strip()
    say(f"Taken back: {written} no longer means {alias.vendor}:{alias.product}. The next brief is judged without it.")


def _accept(
    place: ClientPlace, assets: tuple[Asset, ...], pairs: list[str], catalogue: NameCatalogue, at: datetime
) -> None:
    from advisor.naming import confirm, parse_name
    from knowledge.errors import NotFoundError, UsageError

    chosen: list[tuple[Asset, str]] = []
    for pair in pairs:
        which, equals, name = pair.rpartition("=")
        if not equals:
            raise UsageError("is not ASSET=VENDOR:PRODUCT", subject=pair, hint="For example LB-01=progress:loadmaster.")
        parse_name(name)
        found = [a for a in assets if a.id == which] or [a for a in assets if a.name.casefold() == which.casefold()]
        if not found:
            raise NotFoundError("there is none of that id or name", subject=which, hint="vciso assets list CLIENT")
        chosen.append((found[0], name))
    for asset, name in chosen:
        alias = confirm(place, asset, name, why="named by a person", now=at)
        _say_kept(alias)
        if not catalogue.holds(alias.vendor, alias.product):
            say("  No record read so far bears that name: check its spelling, or read more sources.")


def _ask(place: ClientPlace, found: tuple[Reading, ...], at: datetime) -> None:
    from advisor.naming import confirm

    open_ones = [reading for reading in found if reading.candidates]
    for reading in open_ones:
        say(f"\n{reading.name} ({_assets(reading)})")
        for number, candidate in enumerate(reading.candidates, start=1):
            say(f"  {number}. {candidate.name}  {candidate.score:.2f}, {candidate.why}")
        answer = typer.prompt("Number, Enter for none, q to stop", default="", show_default=False).strip()
        if answer.casefold() == "q":
            break
        if answer.isdigit() and 1 <= int(answer) <= len(reading.candidates):
            chosen = reading.candidates[int(answer) - 1]
            why = f"chosen, number {answer} of {len(reading.candidates)}: {chosen.why}"
            _say_kept(confirm(place, reading.assets[0], chosen.name, why=why, now=at))
    if not open_ones:
        say("No name is open.")


def _auto(place: ClientPlace, found: tuple[Reading, ...], at: datetime, *, apply: bool) -> None:
    from advisor.naming import confirm

    sure = [reading for reading in found if reading.standing == "sure"]
    for reading in sure:
        first = reading.candidates[0]
        if apply:
            why = f"taken as sure, score {first.score:.2f}: {first.why}"
            _say_kept(confirm(place, reading.assets[0], first.name, why=why, now=at))
        else:
            say(f"{reading.name} -> {first.name}  {first.score:.2f}, {first.why}")
    left = sum(reading.standing == "open" for reading in found)
    say(f"{len(sure)} sure, {left} left to a person.")
    if sure and not apply:
        say("Nothing was changed (dry run); keep them with --auto --apply.")


def _show(client_id: str, found: tuple[Reading, ...], catalogue: NameCatalogue) -> None:
    rows: list[tuple[str, str, str, str, str]] = []
    for reading in found:
        for number, candidate in enumerate(reading.candidates, start=1):
            head = (reading.name, _assets(reading)) if number == 1 else ("", "")
            sure = " (sure)" if reading.standing == "sure" and number == 1 else ""
            rows.append((*head, f"{number}. {candidate.name}{sure}", f"{candidate.score:.2f}", candidate.why))
    if rows:
        say_table(f"Names of {client_id}", ("Written", "Assets", "Could mean", "Score", "Why"), rows)
    same = sum(reading.standing == "same-name" for reading in found)
    alone = [reading.name for reading in found if reading.standing == "nothing-alike"]
    say(f"{len(catalogue):,} public names to choose from. {same} names are written as records write them already.")
    if alone:
        say(f"Nothing alike for: {'; '.join(sorted(alone))}.")
    if rows:
        say(f"Confirm one: vciso assets resolve {client_id} --accept ASSET=VENDOR:PRODUCT, or go through them: --ask")


def _say_kept(alias: Any) -> None:
    written = f"{alias.written_vendor} {alias.written_product}".strip()
    say(f"Kept: {written} means {alias.vendor}:{alias.product} ({alias.id}).")


def _assets(reading: Reading) -> str:
    names = [asset.id for asset in reading.assets[:SHOWN_ASSETS]]
    more = len(reading.assets) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _plain(reading: Reading) -> dict[str, object]:
    return {
        "vendor": reading.vendor,
        "product": reading.product,
        "assets": [asset.id for asset in reading.assets],
        "standing": reading.standing,
        "candidates": [{"name": c.name, "score": c.score, "why": c.why} for c in reading.candidates],
    }
