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


def keep_framework(places: Places, found: FrameworkImport, now: datetime) -> None:
    """Keeps a framework that was read, for all clients; a copy of the same id there is replaced.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    with places.shared().write() as unit:
        unit.frameworks.put(found.framework, found.requirements)
        unit.audit.append(now, "framework.import", found.framework.id, **_facts(found))


def keep_client_framework(places: Places, client_id: ClientId, found: FrameworkImport, now: datetime) -> None:
    """Keeps a client's licensed copy in its own place; a copy of the same id there is replaced.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: the role does not allow it.
    """
    with places.client(client_id) as place, place.write() as own:
        own.frameworks.put(found.framework, found.requirements)
        own.audit.append(now, "framework.import", found.framework.id, **_facts(found))


def remove_framework(places: Places, framework_id: str, now: datetime) -> None:
    """Takes a copy away that is there for all clients.

    Raises:
        NotFoundError: no such copy.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    with places.shared().write() as unit:
        unit.frameworks.requirements(framework_id)
        unit.frameworks.remove(framework_id)
        unit.audit.append(now, "framework.remove", framework_id)


def remove_client_framework(places: Places, client_id: ClientId, framework_id: str, now: datetime) -> None:
    """Takes a client's own copy away.

    Raises:
        NotFoundError: no such client, or no such copy there.
        PermissionDeniedError: the role does not allow it.
    """
    with places.client(client_id) as place, place.write() as own:
        own.frameworks.requirements(framework_id)
        own.frameworks.remove(framework_id)
        own.audit.append(now, "framework.remove", framework_id)


def _facts(found: FrameworkImport) -> dict[str, str | int]:
    head = found.framework
    return {"sha256": head.sha256, "requirements": found.report.requirements, "extends": head.extends}


def _take(kept: ImportedFrameworks, where: str, packs: dict[str, Pack], homes: dict[str, str]) -> None:
    from knowledge.frameworks.loader import Pack

    for head in kept.list():
        packs[head.id] = Pack(head, kept.requirements(head.id))
        homes[head.id] = where
