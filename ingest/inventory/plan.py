"""Decides what an import does with each row: insert, update, unchanged or skip, with the reason (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ingest.inventory.interface import Absent, Action, Change, Plan, RawRow, RecordT, RowOutcome
from ingest.inventory.keys import Row, assign_ids
from ingest.inventory.kinds import Kind, derived_id
from ingest.inventory.values import tool_text
from knowledge.records.asset import ToolUsed

_BLANK: tuple[object, ...] = ("", "unknown", ())
_DATE = re.compile(r"[ _.\-]*(?<!\d)(?:19|20)\d\d[ _.\-]?(?:0[1-9]|1[0-2])(?:[ _.\-]?[0-3]\d)?(?!\d)|\s*\(\d+\)")


def plan_rows(
    kind: Kind[RecordT],
    rows: Sequence[RawRow],
    existing: Iterable[RecordT],
    now: datetime,
    *,
    origin: str,
    retire_missing: bool = False,
    insert_only: bool = False,
) -> Plan[RecordT]:
    """Decide what becomes of every row.

    Args:
        kind: ASSETS or THIRD_PARTIES.
        rows: as read.
        existing: all records of that type in the client's place.
        now: goes into `updated_at` of what is written.
        origin: name of the list; records of that origin (dates in the name left aside) that no row names are absent.
        retire_missing: absent records are removed. Holds back when a row could not be read.
        insert_only: rows that name a known record leave it as it is (for suppliers that an inventory mentions).
    """
    known = {record.id: record for record in existing}
    outcomes: dict[int, RowOutcome] = {}
    ready = _readable(kind, rows, outcomes)
    retire = retire_missing and not outcomes
    ready = _without_repeats(kind, ready, outcomes)
    assign_ids(kind, ready, known)
    put: list[RecordT] = []
    for row in ready:
        record, outcomes[row.order] = _merge(kind, row, known.get(row.id), now, origin, insert_only=insert_only)
        if record is not None:
            put.append(record)
    named = {row.id for row in ready}
    gone = [record for record in known.values() if record.id not in named and same_origin(record.origin, origin)]
    return Plan[Any](
        put=tuple(put),
        retire=tuple(record.id for record in gone) if retire else (),
        outcomes=tuple(outcomes[order] for order in sorted(outcomes)),
        absent=tuple(Absent(id=r.id, name=r.name, origin=r.origin, retired=retire) for r in gone),
    )


def same_origin(one: str, other: str) -> bool:
    """Whether two file names are issues of one list: equal but for dates (`2026-11`, `20261123`) and copy numbers."""
    return _DATE.sub("", one).casefold() == _DATE.sub("", other).casefold()


def _readable(kind: Kind[Any], rows: Sequence[RawRow], outcomes: dict[int, RowOutcome]) -> list[Row]:
    ready = []
    for order, raw in enumerate(rows):
        values = kind.read(raw)
        if not values.fields.get("name"):
            reason = "; ".join((kind.needs, *values.remarks))
            outcomes[order] = RowOutcome(where=raw.where, action="skip", reason=reason)
            continue
        fields: dict[str, Any] = {name: values.fields[name] for name in kind.fields if name in values.fields}
        if values.tools:
            fields["tools"] = values.tools
        own_id = values.fields.get("id", "")
        base = own_id or derived_id(kind, fields)
        ready.append(Row(order, raw.where, fields, values, own_id, base, kind.identity(fields), kind.version(fields)))
    return ready


def _without_repeats(kind: Kind[Any], rows: Sequence[Row], outcomes: dict[int, RowOutcome]) -> list[Row]:
    """Take out rows that name the same thing in the same version again; the first one counts."""
    first: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        earlier = first.setdefault((row.base, row.identity, row.version), row)
        if earlier is row:
            continue
        differs = [name for name in kind.fields if row.fields.get(name, "") != earlier.fields.get(name, "")]
        reason = f"repeats {earlier.where}"
        if differs:
            reason += f" with another {', '.join(differs)}; {earlier.where} counts"
        outcomes[row.order] = RowOutcome(
            where=row.where, action="skip", id=row.own_id, name=row.fields["name"], reason=reason
        )
    return list(first.values())


def _merge(
    kind: Kind[RecordT], row: Row, old: RecordT | None, now: datetime, origin: str, *, insert_only: bool
) -> tuple[RecordT | None, RowOutcome]:
    """Lay a row over what is known. A blank never replaces a known value."""
    remarks = list(row.values.remarks)
    if row.own_id and row.id != row.own_id:
        remarks.append(f"the file calls it {row.own_id}" if old else f"{row.own_id} stands on several rows")
    if old is None:
        record = kind.record(id=row.id, origin=origin, updated_at=now, **row.fields)
        return record, _outcome(row, "insert", remarks)
    update, changes, kept = {}, [], []
    for name in kind.fields:
        new, before = row.fields.get(name, ""), getattr(old, name)
        if new in _BLANK:
            if name in row.values.given and before not in _BLANK:
                kept.append(name)
        elif new != before and not (name in row.values.weak and before not in _BLANK):
            update[name] = new
            changes.append(Change(field=name, old=_shown(before), new=_shown(new)))
    if insert_only or not changes:
        return None, _outcome(row, "unchanged", remarks, kept=kept)
    record = old.model_copy(update={**update, "origin": origin, "updated_at": now})
    return record, _outcome(row, "update", remarks, changes, kept)


def _outcome(
    row: Row, action: Action, remarks: Sequence[str], changes: Sequence[Change] = (), kept: Sequence[str] = ()
) -> RowOutcome:
    return RowOutcome(
        where=row.where,
        action=action,
        id=row.id,
        name=row.fields["name"],
        changes=tuple(changes),
        kept=tuple(kept),
        reason="; ".join(remarks),
    )


def _shown(value: str | tuple[ToolUsed, ...]) -> str:
    return value if isinstance(value, str) else "; ".join(map(tool_text, value))
