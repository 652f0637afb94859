"""The frameworks that one call or page may see: the shipped packs and the imported copies, kept and taken away here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.places import Places
from knowledge.records.base import ClientId

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.frameworks.service import FrameworkImport
    from knowledge.frameworks.catalogue import Catalogue
    from knowledge.frameworks.loader import Pack
    from knowledge.store.frameworks import ImportedFrameworks

SHARED = "shared"


def catalogue_of(places: Places, client_id: str = "") -> tuple[Catalogue, dict[str, str]]:
    """Shipped packs and copies, and where each copy is kept.

    Args:
        places: the open home.
        client_id: with the copies in this client's place too; a client's copy stands in for a shared one.

    Raises:
        NotFoundError: no such client.
    """
    from knowledge.frameworks.catalogue import shipped

    packs: dict[str, Pack] = {}
    homes: dict[str, str] = {}
    with places.shared().read() as unit:
        _take(unit.frameworks, SHARED, packs, homes)
    if client_id:
        with places.client(client_id) as place, place.read() as own:
            _take(own.frameworks, client_id, packs, homes)
    return shipped().with_imported(packs.values()), homes


def keep_framework(places: Places, found: FrameworkImport, now: datetime, client_id: ClientId | None = None) -> None:
    """Keeps a framework that was read; a copy of the same id at the same place is replaced.

    Args:
        places: the open home.
        found: what was read.
        now: time of the import.
        client_id: a client whose licensed copy it is; None for all clients.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: the role does not allow it; for all clients only an administrator may.
    """
    head = found.framework
    facts = {"sha256": head.sha256, "requirements": found.report.requirements, "extends": head.extends}
    if client_id is not None:
        with places.client(client_id) as place, place.write() as own:
            own.frameworks.put(head, found.requirements)
            own.audit.append(now, "framework.import", head.id, **facts)
        return
    with places.shared().write() as unit:
        unit.frameworks.put(head, found.requirements)
        unit.audit.append(now, "framework.import", head.id, **facts)


def remove_framework(places: Places, framework_id: str, now: datetime, client_id: ClientId | None = None) -> None:
    """Takes an imported copy away.

    Raises:
        NotFoundError: no such client, or no such copy there.
        PermissionDeniedError: the role does not allow it; a copy for all clients only an administrator may remove.
    """
    if client_id is not None:
        with places.client(client_id) as place, place.write() as own:
            own.frameworks.requirements(framework_id)
            own.frameworks.remove(framework_id)
            own.audit.append(now, "framework.remove", framework_id)
        return
    with places.shared().write() as unit:
        unit.frameworks.requirements(framework_id)
        unit.frameworks.remove(framework_id)
        unit.audit.append(now, "framework.remove", framework_id)


def _take(kept: ImportedFrameworks, where: str, packs: dict[str, Pack], homes: dict[str, str]) -> None:
    from knowledge.frameworks.loader import Pack

    for head in kept.list():
        packs[head.id] = Pack(head, kept.requirements(head.id))
        homes[head.id] = where
