"""The frameworks that one call or page may see: the shipped packs and the imported copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knowledge.places import Places

if TYPE_CHECKING:
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


def _take(kept: ImportedFrameworks, where: str, packs: dict[str, Pack], homes: dict[str, str]) -> None:
    from knowledge.frameworks.loader import Pack

    for head in kept.list():
        packs[head.id] = Pack(head, kept.requirements(head.id))
        homes[head.id] = where
