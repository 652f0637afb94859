"""Reads an inventory file in the sandbox and plans its import; a face shows the plan and applies it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.inventory.detect import detect_format
from ingest.inventory.inert import restore
from ingest.inventory.interface import (
    AssetImport,
    Format,
    ImportReport,
    Inventory,
    Plan,
    RawRow,
    RowOutcome,
    Subject,
    ThirdPartyImport,
)
from ingest.inventory.kinds import ASSETS, THIRD_PARTIES
from ingest.inventory.mapping import map_table
from ingest.inventory.plan import plan_rows
from ingest.inventory.values import one_line
from ingest.sandbox import DEFAULT_LIMITS, MB, run_parser
from knowledge.errors import BadInputError, NotFoundError, UsageError
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.source import Skip

PARSER_OF: dict[Format, str] = {
    "csv": "inventory.csv",
    "xlsx": "inventory.xlsx",
    "cyclonedx": "inventory.cyclonedx",
    "spdx": "inventory.spdx",
    "nmap": "inventory.nmap",
}
TABLES: frozenset[Format] = frozenset({"csv", "xlsx"})


def read_inventory(
    source: Path | bytes,
    *,
    name: str = "",
    kind: Format | None = None,
    subject: Subject = "assets",
    mapping: Mapping[str, str] | None = None,
    sheet: str = "",
    part_of: str = "",
) -> Inventory:
    """Read a file as rows for assets or for suppliers; nothing is stored.

    Args:
        source: the file, or its bytes.
        name: what a person calls it; default the file name.
        kind: its format; recognised by content where it is None.
        subject: what the rows are. A CycloneDX document read for suppliers gives its service providers.
        mapping: header -> field for tables, overriding the guess (see ingest.inventory.mapping.map_table).
        sheet: name or number of the sheet of a workbook.
        part_of: the application or system that a bill of materials describes, where it does not say so itself.

    Raises:
        NotFoundError: no such file.
        BadInputError: the file cannot be read as that, or breaks a limit (named).
        UsageError: an option that does not fit the format, or a mapping to an unknown column or field.
    """
    data, label = _load(source, name)
    format_ = kind or detect_format(data, label)
    if (mapping or sheet) and format_ not in TABLES:
        raise UsageError("a mapping or a sheet is for tables (CSV, XLSX)", subject=label)
    options = {"sheet": sheet, "part_of": part_of}
    found = run_parser(PARSER_OF[format_], data, subject=label, options=options)
    if format_ in TABLES:
        return _from_table(found, format_, subject, mapping or {}, label)
    if subject == "suppliers" and format_ != "cyclonedx":
        raise UsageError(
            f"a {format_} file names no suppliers",
            subject=label,
            hint="Import a CSV or XLSX list, or CycloneDX services.",
        )
    rows = _raw_rows(found["rows"])
    suppliers = _raw_rows(found["suppliers"])
    return Inventory(
        name=label,
        format=format_,
        rows=suppliers if subject == "suppliers" else rows,
        suppliers=() if subject == "suppliers" else suppliers,
        skipped=_skips(found["skipped"]),
        notes=_skips(found["notes"]),
        incomplete=bool(found["incomplete"]),
    )


def plan_assets(
    inventory: Inventory,
    assets: Iterable[Asset],
    third_parties: Iterable[ThirdParty],
    now: datetime,
    *,
    origin: str = "",
    retire_missing: bool = False,
) -> AssetImport:
    """Plan the import of assets, and of the suppliers that they name and the client does not have yet (pure).

    Args:
        inventory: rows read for `assets`.
        assets: all assets of the client.
        third_parties: all third parties of the client; those that rows name are linked by id.
        now: time of the import.
        origin: name of the list, default the file name; see ingest.inventory.plan.plan_rows.
        retire_missing: remove assets of that origin that the file no longer names.
    """
    origin = origin or inventory.name
    known = list(third_parties)
    suppliers: Plan[ThirdParty] = plan_rows(
        THIRD_PARTIES, _named_suppliers(inventory, known), known, now, origin=origin, insert_only=True
    )
    ids = {party.id: party.id for party in known}
    for party in (*suppliers.put, *known):
        ids[party.name.casefold()] = party.id
    for outcome in suppliers.outcomes:
        ids.setdefault(outcome.name.casefold(), outcome.id)
    rows = [_linked(row, ids) for row in inventory.rows]
    retire = retire_missing and _whole(inventory)
    plan: Plan[Asset] = plan_rows(ASSETS, rows, assets, now, origin=origin, retire_missing=retire)
    notes = _retire_note(inventory, plan, asked=retire_missing)
    suppliers = suppliers.model_copy(update={"absent": ()})
    report = _report(inventory, origin, plan, notes, suppliers=suppliers.outcomes)
    return AssetImport(plan, suppliers, report)


def plan_third_parties(
    inventory: Inventory,
    third_parties: Iterable[ThirdParty],
    now: datetime,
    *,
    origin: str = "",
    retire_missing: bool = False,
) -> ThirdPartyImport:
    """Plan the import of a list of suppliers (pure); arguments as for `plan_assets`."""
    origin = origin or inventory.name
    retire = retire_missing and _whole(inventory)
    plan: Plan[ThirdParty] = plan_rows(
        THIRD_PARTIES, inventory.rows, third_parties, now, origin=origin, retire_missing=retire
    )
    notes = _retire_note(inventory, plan, asked=retire_missing)
    return ThirdPartyImport(plan, _report(inventory, origin, plan, notes))


def _load(source: Path | bytes, name: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, name or "the file"
    label = name or source.name
    try:
        if source.is_file() and source.stat().st_size > DEFAULT_LIMITS.input_mb * MB:
            raise BadInputError(f"is larger than {DEFAULT_LIMITS.input_mb:g} MB", subject=label)
        return source.read_bytes(), label
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", subject=str(source)) from error
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=label) from error


def _from_table(found: Any, format_: Format, subject: Subject, mapping: Mapping[str, str], label: str) -> Inventory:
    lines = [(int(number), cells) for number, cells in found["lines"]]
    table = map_table(lines, subject, mapping, label)
    rows = table.rows
    # Only CSV carries the marks: a workbook's text cells are inert as they are.
    if table.own_export and format_ == "csv":
        rows = tuple(replace(row, values={key: restore(text) for key, text in row.values.items()}) for row in rows)
    return Inventory(
        name=label,
        format=format_,
        rows=rows,
        columns=table.columns,
        notes=_skips(found["notes"]) + table.notes,
        incomplete=bool(found["incomplete"]),
    )


def _raw_rows(found: Sequence[Mapping[str, Any]]) -> tuple[RawRow, ...]:
    return tuple(RawRow(where=one_line(row["where"]), values=row["values"]) for row in found)


def _skips(found: Sequence[Sequence[str]]) -> tuple[Skip, ...]:
    return tuple(Skip(subject=one_line(where), reason=one_line(reason)) for where, reason in found)


def _named_suppliers(inventory: Inventory, known: Sequence[ThirdParty]) -> list[RawRow]:
    """Give a row per supplier that the file describes, or that an asset row names without the client knowing it."""
    rows = {row.values["name"].casefold(): row for row in inventory.suppliers}
    have = {party.id for party in known} | {party.name.casefold() for party in known}
    for row in inventory.rows:
        name = one_line(row.values.get("provided_by", ""))
        if name and name not in have and name.casefold() not in have:
            rows.setdefault(name.casefold(), RawRow(where=f"named by {row.where}", values={"name": name}))
    return list(rows.values())


def _linked(row: RawRow, ids: Mapping[str, str]) -> RawRow:
    """Replace a supplier's name by its id."""
    name = one_line(row.values.get("provided_by", ""))
    if not name:
        return row
    found = ids.get(name) or ids.get(name.casefold()) or ""
    return replace(row, values={**row.values, "provided_by": found})


def _whole(inventory: Inventory) -> bool:
    return bool(inventory.rows) and not inventory.incomplete


def _retire_note(inventory: Inventory, plan: Plan[Any], *, asked: bool) -> tuple[Skip, ...]:
    if not asked or not plan.absent or plan.retire:
        return ()
    return (Skip(subject=inventory.name, reason="not all of it could be read, so nothing was retired"),)


def _report(
    inventory: Inventory,
    origin: str,
    plan: Plan[Any],
    notes: tuple[Skip, ...],
    suppliers: tuple[RowOutcome, ...] = (),
) -> ImportReport:
    unread = tuple(RowOutcome(where=skip.subject, action="skip", reason=skip.reason) for skip in inventory.skipped)
    return ImportReport(
        file=inventory.name,
        format=inventory.format,
        origin=origin,
        inserted=plan.count("insert"),
        updated=plan.count("update"),
        unchanged=plan.count("unchanged"),
        skipped=plan.count("skip") + len(unread),
        retired=len(plan.retire),
        rows=plan.outcomes + unread,
        suppliers=suppliers,
        absent=plan.absent,
        columns=inventory.columns,
        notes=inventory.notes + notes,
    )
