"""The types of an import: what a parser hands over, what is decided for each row, and the report a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import Record
from knowledge.records.source import Skip

Format = Literal["csv", "xlsx", "cyclonedx", "spdx", "nmap"]
Subject = Literal["assets", "suppliers"]
Action = Literal["insert", "update", "unchanged", "skip"]
RecordT = TypeVar("RecordT", Asset, ThirdParty)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One thing that a file describes, its words not yet judged."""

    where: str
    """Where it stands in the file, for a person: `row 5`, `components[3] log4j-core`, `host 10.0.0.4, 443/tcp`."""
    values: Mapping[str, str]
    """Field of Asset or ThirdParty -> text as written. A field that is missing has no column; an empty one is blank."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Field -> how its words are meant: a criticality scale such as `1-5`, `flag` for a yes/no exposure column."""


class ColumnUse(Record):
    """What became of one column of a table."""

    column: str
    field: str = ""
    """Field it fills; empty when the column is not read."""
    reason: str
    """Why: `header`, `you said so`, `content looks like package URLs`, `no field of that meaning`, ..."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """A file that was read: rows for assets, rows for suppliers, and what was noticed on the way."""

    name: str
    format: Format
    rows: tuple[RawRow, ...]
    """Rows of the asked subject."""
    suppliers: tuple[RawRow, ...] = ()
    """Third parties that an inventory of assets names by itself (providers of services in a CycloneDX document)."""
    columns: tuple[ColumnUse, ...] = ()
    skipped: tuple[Skip, ...] = ()
    notes: tuple[Skip, ...] = ()
    """Things taken with a remark: an encoding, a cut cell."""
    incomplete: bool = False
    """Part of the file was lost, so that a thing missing from `rows` may still be there."""


class Change(Record):
    """One field that an import changes."""

    field: str
    old: str
    new: str


class RowOutcome(Record):
    """What happens to one row, and why."""

    where: str
    action: Action
    id: str = ""
    name: str = ""
    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    """Fields that the file leaves blank and whose known value therefore stays."""
    reason: str = ""
    """Why it was skipped; otherwise a remark, often empty."""


class Absent(Record):
    """A record that came from the same origin earlier and is not in this file."""

    id: str
    name: str
    origin: str
    retired: bool
    """True when the import removes it."""


class Plan(Record, Generic[RecordT]):
    """What an import would do. Nothing is done until a face writes `put` and deletes `retire` in one transaction."""

    put: tuple[RecordT, ...] = ()
    """Records to insert or replace by id."""
    retire: tuple[str, ...] = ()
    """Ids to delete."""
    outcomes: tuple[RowOutcome, ...] = ()
    absent: tuple[Absent, ...] = ()

    def count(self, action: Action) -> int:
        """Give the number of rows with that outcome."""
        return sum(outcome.action == action for outcome in self.outcomes)

    @property
    def changes_anything(self) -> bool:
        """Whether applying it would write at all."""
        return bool(self.put or self.retire)


class ImportReport(Record):
    """One import, for a person: counts, and every row taken, changed or skipped with its reason."""

    file: str
    format: Format
    origin: str
    inserted: int
    updated: int
    unchanged: int
    skipped: int
    retired: int
    rows: tuple[RowOutcome, ...]
    suppliers: tuple[RowOutcome, ...] = ()
    """Third parties that the file's assets name (asset imports only)."""
    absent: tuple[Absent, ...] = ()
    columns: tuple[ColumnUse, ...] = ()
    notes: tuple[Skip, ...] = ()

    @property
    def sentence(self) -> str:
        """The report in one line."""
        parts = [f"{self.inserted} new", f"{self.updated} changed", f"{self.unchanged} unchanged"]
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        parts += [f"{self.retired} retired"] if self.retired else []
        missing = len(self.absent) - self.retired
        parts += [f"{missing} not in this file (kept)"] if missing else []
        return f"{self.file}: " + ", ".join(parts)


@dataclass(frozen=True, slots=True)
class AssetImport:
    """The whole plan of an asset import: the assets, the suppliers they name, and the report."""

    assets: Plan[Asset]
    third_parties: Plan[ThirdParty]
    report: ImportReport


@dataclass(frozen=True, slots=True)
class ThirdPartyImport:
    """The plan of a supplier import and its report."""

    third_parties: Plan[ThirdParty]
    report: ImportReport
