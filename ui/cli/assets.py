"""`vciso assets` and `vciso suppliers`: what a client has and whom it depends on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli import names
from ui.cli.common import group, now, open_home, progress, say, say_json, say_table

if TYPE_CHECKING:
    from ingest.inventory.interface import AssetImport, Format, ImportReport, Inventory, Subject, ThirdPartyImport
    from knowledge.records.asset import Asset, ThirdParty
    from knowledge.store.units import ClientUnit

app = group(
    "assets", "What a client has: import an inventory, list it, see what is missing, export it.", "What a client has."
)
suppliers = group(
    "suppliers",
    "Whom a client depends on: import suppliers and SaaS, list them, see what is missing.",
    "Whom a client depends on.",
)

SHOWN_ROWS = 15
"""Rows of one outcome that are printed without --all-rows."""


class FormatName(StrEnum):
    """Formats of an inventory."""

    CSV = "csv"
    XLSX = "xlsx"
    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"
    NMAP = "nmap"


class TableName(StrEnum):
    """Formats of an export."""

    CSV = "csv"
    XLSX = "xlsx"


AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="Id of the client.")]
FileArgument = Annotated[Path, typer.Argument(help="The file to read.")]
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=FIELD", help="Say what a column is (FIELD -: leave it out); repeatable."),
]
SheetOption = Annotated[str, typer.Option(help="Sheet of a workbook, by name or number.")]
OriginOption = Annotated[str, typer.Option(help="Name of the list; default: the file name. The next issue keeps it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen and change nothing.")]
Retire = Annotated[bool, typer.Option("--retire-missing", help="Remove what came from this list and is gone from it.")]
AllRows = Annotated[bool, typer.Option("--all-rows", help="Print every row.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="File to write; default: in this folder.")]
FormatOption = Annotated[TableName, typer.Option("--format", help="csv or xlsx.")]


@app.command("import")
def import_assets(
    ctx: typer.Context,
    client_id: ClientArgument,
    file: FileArgument,
    mapping: MapOption = None,
    form: Annotated[FormatName | None, typer.Option("--format", help="Default: seen in the content.")] = None,
    sheet: SheetOption = "",
    part_of: Annotated[str, typer.Option(help="Application that a bill of materials describes.")] = "",
    origin: OriginOption = "",
    dry_run: DryRun = False,
    retire_missing: Retire = False,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Import an inventory (CSV, XLSX, CycloneDX, SPDX, nmap XML); the format is seen in the content."""
    from ingest.inventory.service import plan_assets

    inventory = _read(file, "assets", mapping, form, sheet, part_of)

    def plan(unit: ClientUnit, at: datetime) -> AssetImport:
        known = unit.assets.list(), unit.third_parties.list()
        return plan_assets(inventory, *known, at, origin=origin, retire_missing=retire_missing)

    report = _import(ctx, client_id, plan, dry_run=dry_run)
    _show_report(report, dry_run=dry_run, all_rows=all_rows, as_json=as_json)


@suppliers.command("import")
def import_suppliers(
    ctx: typer.Context,
    client_id: ClientArgument,
    file: FileArgument,
    mapping: MapOption = None,
    sheet: SheetOption = "",
    origin: OriginOption = "",
    dry_run: DryRun = False,
    retire_missing: Retire = False,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Import suppliers and SaaS (CSV, XLSX, or the service providers of a CycloneDX file)."""
    from ingest.inventory.service import plan_third_parties

    inventory = _read(file, "suppliers", mapping, None, sheet, "")

    def plan(unit: ClientUnit, at: datetime) -> ThirdPartyImport:
        return plan_third_parties(
            inventory, unit.third_parties.list(), at, origin=origin, retire_missing=retire_missing
        )

    report = _import(ctx, client_id, plan, dry_run=dry_run)
    _show_report(report, dry_run=dry_run, all_rows=all_rows, as_json=as_json)


@app.command("list")
def list_assets(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """List a client's assets."""
    records = _assets(ctx, client_id)
    if as_json:
        say_json([record.model_dump(mode="json") for record in records])
        return
    if not records:
        say(f"No assets yet. Import an inventory: vciso assets import {client_id} FILE --dry-run")
        return
    rows = [
        (a.id, a.name, a.kind, " ".join(p for p in (a.vendor, a.product) if p), a.version, a.exposure, a.criticality)
        for a in records
    ]
    say_table(
        f"Assets of {client_id}", ("Id", "Name", "Kind", "Product", "Version", "Exposure", "Criticality"), _dash(rows)
    )


@suppliers.command("list")
def list_suppliers(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """List a client's suppliers."""
    from ingest.inventory.values import tool_text

    records = _suppliers(ctx, client_id)
    if as_json:
        say_json([record.model_dump(mode="json") for record in records])
        return
    if not records:
        say(f"No suppliers yet. Import a list: vciso suppliers import {client_id} FILE --dry-run")
        return
    rows = [(p.id, p.name, p.service, p.criticality, "; ".join(map(tool_text, p.tools)), p.contact) for p in records]
    say_table(
        f"Suppliers of {client_id}", ("Id", "Name", "Service", "Criticality", "Tools used", "Contact"), _dash(rows)
    )


@app.command("show")
def show_asset(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: Annotated[str, typer.Argument(metavar="ASSET", help="Id, or name where only one has it.")],
    as_json: AsJson = False,
) -> None:
    """Show every field of one asset."""
    _show(_one(_assets(ctx, client_id), which, f"vciso assets list {client_id}"), as_json=as_json)


@suppliers.command("show")
def show_supplier(
    ctx: typer.Context,
    client_id: ClientArgument,
    which: Annotated[str, typer.Argument(metavar="SUPPLIER", help="Id, or name where only one has it.")],
    as_json: AsJson = False,
) -> None:
    """Show every field of one supplier."""
    _show(_one(_suppliers(ctx, client_id), which, f"vciso suppliers list {client_id}"), as_json=as_json)


@app.command("gaps")
def asset_gaps_command(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """List what is not known of the assets and what that costs, the dearest first."""
    from ingest.inventory.gaps import asset_gaps

    _show_gaps(asset_gaps(_assets(ctx, client_id)), "asset", as_json=as_json)


@suppliers.command("gaps")
def supplier_gaps_command(ctx: typer.Context, client_id: ClientArgument, as_json: AsJson = False) -> None:
    """List what is not known of the suppliers and what that costs, the dearest first."""
    from ingest.inventory.gaps import supplier_gaps

    _show_gaps(supplier_gaps(_suppliers(ctx, client_id)), "supplier", as_json=as_json)


@app.command("export")
def export_assets(
    ctx: typer.Context, client_id: ClientArgument, out: OutOption = None, form: FormatOption = TableName.CSV
) -> None:
    """Write the assets as a table that imports again unchanged; no cell in it is a formula."""
    from ingest.inventory.export import assets_table, to_csv, to_xlsx

    table = assets_table(_assets(ctx, client_id))
    _write(out or Path(f"assets-{client_id}.{form}"), to_csv(table) if form == TableName.CSV else to_xlsx(table))


@suppliers.command("export")
def export_suppliers(
    ctx: typer.Context, client_id: ClientArgument, out: OutOption = None, form: FormatOption = TableName.CSV
) -> None:
    """Write the suppliers as a table that imports again unchanged; no cell in it is a formula."""
    from ingest.inventory.export import suppliers_table, to_csv, to_xlsx

    table = suppliers_table(_suppliers(ctx, client_id))
    _write(out or Path(f"suppliers-{client_id}.{form}"), to_csv(table) if form == TableName.CSV else to_xlsx(table))


app.command("resolve")(names.resolve)
app.command("aliases")(names.list_aliases)
app.command("unalias")(names.remove_alias)


def _read(
    file: Path, subject: Subject, mapping: list[str] | None, form: Format | FormatName | None, sheet: str, part_of: str
) -> Inventory:
    from ingest.inventory.service import read_inventory
    from knowledge.errors import UsageError

    pairs = {}
    for pair in mapping or ():
        column, equals, field = pair.rpartition("=")
        if not equals or not column:
            raise UsageError(
                "is not COLUMN=FIELD", subject=f"--map {pair}", hint='For example --map "Hersteller=vendor".'
            )
        pairs[column] = field
    kind: Any = form.value if isinstance(form, FormatName) else form
    with progress("Reading") as step:
        step(0, 1, file.name)
        return read_inventory(file, kind=kind, subject=subject, mapping=pairs, sheet=sheet, part_of=part_of)


def _import(ctx: typer.Context, client_id: str, plan: Any, *, dry_run: bool) -> ImportReport:
    """Plan over what is known and apply it, both inside one transaction."""
    from ingest.inventory.apply import apply_import

    at = now()
    with open_home(ctx, at) as places, places.client(client_id) as place:
        if dry_run:
            with place.read() as unit:
                report: ImportReport = plan(unit, at).report
            return report
        with place.write() as unit:
            return apply_import(unit, plan(unit, at), at)


def _assets(ctx: typer.Context, client_id: str) -> tuple[Asset, ...]:
    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        return unit.assets.list()


def _suppliers(ctx: typer.Context, client_id: str) -> tuple[ThirdParty, ...]:
    with open_home(ctx, now()) as places, places.client(client_id) as place, place.read() as unit:
        return unit.third_parties.list()


def _one(records: tuple[Any, ...], which: str, how: str) -> Any:
    from knowledge.errors import NotFoundError, UsageError

    found = [r for r in records if r.id == which] or [r for r in records if r.name.casefold() == which.casefold()]
    if not found:
        raise NotFoundError("there is none of that id or name", subject=which, hint=f"See them all: {how}")
    if len(found) > 1:
        ids = ", ".join(record.id for record in found[:5])
        raise UsageError(f"{len(found)} have that name", subject=which, hint=f"Use an id: {ids}")
    return found[0]


def _show(record: Any, *, as_json: bool) -> None:
    from ingest.inventory.values import tool_text

    if as_json:
        say_json(record.model_dump(mode="json"))
        return
    rows = []
    for field, value in record:
        text = "; ".join(map(tool_text, value)) if isinstance(value, tuple) else str(value)
        rows.append((field.replace("_", " "), f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else text))
    say_table(record.name, ("", ""), _dash(rows))


def _show_gaps(gaps: tuple[Any, ...], noun: str, *, as_json: bool) -> None:
    if as_json:
        say_json([gap.model_dump(mode="json") for gap in gaps])
        return
    if not gaps:
        say(f"Nothing that the morning needs is missing from any {noun}.")
        return
    rows = [(gap.id, gap.name, ", ".join(gap.missing), gap.why) for gap in gaps]
    say_table(f"Not known ({len(gaps)})", ("Id", "Name", "Missing", "What it costs"), rows)


def _write(target: Path, data: bytes) -> None:
    from knowledge.errors import ConflictError, StoreError

    try:
        with target.open("xb") as stream:
            stream.write(data)
    except FileExistsError:
        raise ConflictError("exists already", subject=str(target), hint="Give another name with --out.") from None
    except OSError as error:
        raise StoreError(f"cannot be written ({error.strerror})", subject=str(target)) from error
    say(f"Wrote {target}.")


def _show_report(report: ImportReport, *, dry_run: bool, all_rows: bool, as_json: bool) -> None:
    if as_json:
        say_json(report.model_dump(mode="json") | {"dry_run": dry_run})
        return
    if report.columns:
        say_table("Columns", ("Column", "Field", "Why"), [(c.column, c.field or "-", c.reason) for c in report.columns])
    titles = {"insert": "New", "update": "Changed", "skip": "Skipped", "unchanged": "Unchanged"}
    for action, title in titles.items():
        rows = [row for row in report.rows if row.action == action]
        if not all_rows and action == "unchanged":
            rows = [row for row in rows if row.kept or row.reason]
        _show_rows(f"{title} ({len(rows)})", rows, cut=not all_rows)
    added = [row for row in report.suppliers if row.action == "insert"]
    _show_rows(f"Suppliers that it names, new ({len(added)})", added, cut=not all_rows)
    if report.absent:
        shown = report.absent if all_rows else report.absent[:SHOWN_ROWS]
        rows_ = [(gone.id, gone.name, "retired" if gone.retired else "kept") for gone in shown]
        say_table(f"In {report.origin} before, not in this file ({len(report.absent)})", ("Id", "Name", ""), rows_)
    for note in report.notes if all_rows else report.notes[:SHOWN_ROWS]:
        say(f"Note: {note.subject}: {note.reason}")
    say(f"{report.sentence}.")
    if dry_run:
        say("Nothing was changed (dry run).")


def _show_rows(title: str, rows: list[Any], *, cut: bool) -> None:
    if not rows:
        return
    shown = []
    for row in rows[:SHOWN_ROWS] if cut else rows:
        words = [f"{change.field}: {change.old or 'empty'} -> {change.new}" for change in row.changes]
        words += [f"blank in the file, kept: {', '.join(row.kept)}"] if row.kept else []
        words += [row.reason] if row.reason else []
        shown.append((row.where, row.id, row.name, "; ".join(words)))
    if len(rows) > len(shown):
        shown.append(("...", "", f"{len(rows) - len(shown)} more", "see them with --all-rows"))
    say_table(title, ("Where", "Id", "Name", "What"), _dash(shown))


def _dash(rows: list[Any]) -> list[tuple[str, ...]]:
    return [tuple(cell or "-" for cell in row) for row in rows]
