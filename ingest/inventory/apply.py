"""Applies a planned import to a client's place: rows and their audit row in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from ingest.inventory.interface import AssetImport, ImportReport, ThirdPartyImport
from knowledge.store.units import ClientUnit


def apply_import(unit: ClientUnit, planned: AssetImport | ThirdPartyImport, at: datetime) -> ImportReport:
    """Puts and retires what the plan says; a plan that changes nothing leaves no trace."""
    assets = planned.assets if isinstance(planned, AssetImport) else None
    parties, report = planned.third_parties, planned.report
    if not (parties.changes_anything or (assets and assets.changes_anything)):
        return report
    unit.third_parties.put(parties.put)
    unit.third_parties.remove(parties.retire)
    if assets is not None:
        unit.assets.put(assets.put)
        unit.assets.remove(assets.retire)
    unit.audit.append(
        at,
        "suppliers.import" if assets is None else "assets.import",
        report.file,
        origin=report.origin,
        inserted=report.inserted,
        updated=report.updated,
        skipped=report.skipped,
        retired=[gone.id for gone in report.absent if gone.retired],
        suppliers_added=len(parties.put) if assets is not None else 0,
    )
    return report
