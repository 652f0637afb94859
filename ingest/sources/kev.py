"""CISA's Known Exploited Vulnerabilities catalogue (JSON)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ingest.sources.envelope import envelope, first_fault
from ingest.sources.fields import Cve, Name, Words, cwes_of, day
from ingest.sources.fields import Wire as _Wire
from ingest.strict_json import list_at, load_object
from knowledge.errors import BadInputError
from knowledge.records.vulnerability import KevEntry

PARSER_VERSION = 1
ACCEPT = "application/json"


class _Entry(_Wire):
    cveID: Cve  # noqa: N815 - as the catalogue names it
    vendorProject: Name  # noqa: N815
    product: Name
    dateAdded: str  # noqa: N815
    vulnerabilityName: Name = ""  # noqa: N815
    shortDescription: Words = ""  # noqa: N815
    requiredAction: Words = ""  # noqa: N815
    dueDate: str | None = None  # noqa: N815
    knownRansomwareCampaignUse: Name = ""  # noqa: N815
    notes: Words = ""
    cwes: list[str] | None = None


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one signature for all parsers
    """Read the catalogue; an entry that cannot be read is skipped with its reason.

    Returns:
        An envelope of `KevEntry` records with `version` (catalogue version) and `complete` (whether as many entries
        came as the catalogue says it has: only then may a missing one count as removed).

    Raises:
        BadInputError: not a KEV catalogue.
    """
    catalogue = load_object(data)
    entries = list_at(catalogue, "vulnerabilities")
    skipped: list[tuple[str, str]] = []
    taken: dict[str, KevEntry] = {}
    for number, raw in enumerate(entries, 1):
        try:
            made = _entry(_Entry.model_validate(raw), skipped)
        except (ValidationError, ValueError) as error:
            skipped.append((_name(raw, number), _reason(error)))
            continue
        if made.cve_id in taken:
            skipped.append((made.cve_id, "is listed twice; the first entry was taken"))
        else:
            taken[made.cve_id] = made
    count = catalogue.get("count", len(entries))
    if count != len(entries):
        skipped.append(("catalogue", f"says that it has {str(count)[:20]} entries, and {len(entries)} came"))
    if entries and not taken:
        raise BadInputError("has no entry that can be read as one of the KEV catalogue")
    return envelope(
        list(taken.values()),
        outcome="read" if taken else "empty",
        sentence="" if taken else "is a catalogue without a single entry",
        skipped=skipped,
        version=str(catalogue.get("catalogVersion", ""))[:40],
        complete=count == len(entries),
    )


def _entry(wire: _Entry, skipped: list[tuple[str, str]]) -> KevEntry:
    due = None
    if wire.dueDate:
        try:
            due = day(wire.dueDate)
        except ValueError:
            skipped.append((f"{wire.cveID}: due date", f"'{wire.dueDate[:40]}' is not a date and was left out"))
    return KevEntry(
        cve_id=wire.cveID,
        vendor=wire.vendorProject,
        product=wire.product,
        name=wire.vulnerabilityName,
        description=wire.shortDescription,
        date_added=day(wire.dateAdded),
        due_date=due,
        ransomware="known" if wire.knownRansomwareCampaignUse.lower() == "known" else "unknown",
        required_action=wire.requiredAction,
        notes=wire.notes,
        cwes=cwes_of(wire.cwes or []),
    )


def _name(raw: Any, number: int) -> str:
    name = raw.get("cveID") if isinstance(raw, dict) else None
    return name[:40] if isinstance(name, str) else f"entry {number}"


def _reason(error: ValidationError | ValueError) -> str:
    return first_fault(error) if isinstance(error, ValidationError) else str(error)[:200]
