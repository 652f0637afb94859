"""The frameworks that one call or page may see: the shipped packs and the imported copies, kept and taken away here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.errors import VcisoError
from knowledge.places import Places
from knowledge.records.base import ClientId

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ingest.frameworks.service import FrameworkImport
    from knowledge.frameworks.catalogue import Catalogue
    from knowledge.frameworks.loader import Pack
    from knowledge.place import Place
    from knowledge.records.framework import Framework
    from knowledge.search.interface import Progress
    from knowledge.store.frameworks import ImportedFrameworks

SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Before:
    """What was there under the id of an imported copy."""

    head: Framework | None = None
    rows: int = 0
    same: bool = False
    """It says what the new one says, so that nothing is to be done."""
    editions: tuple[Framework, ...] = ()
    """Other copies of that name: an earlier version stays until somebody takes it away."""

    @property
    def sentence(self) -> str:
        """For a person; empty where nothing was there."""
        said = []
        if self.head is not None and self.same:
            said.append(f"Unchanged: the copy {self.head.id} that is there says the same.")
        elif self.head is not None:
            day = f" of {self.head.imported_at:%Y-%m-%d}" if self.head.imported_at else ""
            version = f", version {self.head.version}" if self.head.version else ""
            said.append(f"It takes the place of the copy{day}: {self.head.title}{version}, {self.rows:,} rows.")
        for one in self.editions:
            version = f", version {one.version}" if one.version else ""
            said.append(f"Beside it stays {one.id}{version}: vciso framework remove {one.id} takes it away.")
        return " ".join(said)


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


def framework_ids_of(places: Places, names: Iterable[str], client_id: str = "") -> tuple[str, ...]:
    """Ids of frameworks by what a person calls them, each once; the copies that this call may see are among them.

    Raises:
        NotFoundError: no such client, or no such framework; the hint lists the ids.
    """
    catalogue, _ = catalogue_of(places, client_id)
    return tuple(dict.fromkeys(catalogue.find(name).id for name in names))


def copy_before(places: Places, found: FrameworkImport, client_id: str = "") -> Before:
    """What is there now under the id of a framework that was read; nothing is changed.

    Raises:
        NotFoundError: no such client.
    """
    if client_id:
        with places.client(client_id) as place, place.read() as own:
            return _before(own.frameworks, found)
    with places.shared().read() as unit:
        return _before(unit.frameworks, found)


def keep_framework(places: Places, found: FrameworkImport, now: datetime) -> Before:
    """Keeps a framework that was read, for all clients; a copy of the same id there is replaced, and given back.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    with places.shared().write() as unit:
        before = _before(unit.frameworks, found)
        if not before.same:
            unit.frameworks.put(found.framework, found.requirements)
            unit.audit.append(now, "framework.import", found.framework.id, **_facts(found))
    return before


def keep_client_framework(places: Places, client_id: ClientId, found: FrameworkImport, now: datetime) -> Before:
    """Keeps a client's licensed copy in its own place; a copy of the same id there is replaced, and given back.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: the role does not allow it.
    """
    with places.client(client_id) as place, place.write() as own:
        before = _before(own.frameworks, found)
        if not before.same:
            own.frameworks.put(found.framework, found.requirements)
            own.audit.append(now, "framework.import", found.framework.id, **_facts(found))
    return before


def index_kept(places: Places, client_id: str, progress: Progress) -> str:
    """Makes the vectors of what was just kept, where search can.

    Returns:
        Empty, or why it was not done, for a person: questions then make them, some at a time, beside their answers.

    Raises:
        NotFoundError: no such client.
    """
    if not client_id:
        return _index(places.shared(), progress)
    with places.client(client_id) as place:
        return _index(place, progress)


def _index(place: Place, progress: Progress) -> str:
    try:
        from knowledge.search.interface import index_frameworks

        index_frameworks(place, progress=progress)
    except VcisoError as error:
        return error.message
    except ImportError as error:
        return str(error)
    return ""


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
    _forget(places.shared())


def remove_client_framework(places: Places, client_id: ClientId, framework_id: str, now: datetime) -> None:
    """Takes a client's own copy away.

    Raises:
        NotFoundError: no such client, or no such copy there.
        PermissionDeniedError: the role does not allow it.
    """
    with places.client(client_id) as place:
        with place.write() as own:
            own.frameworks.requirements(framework_id)
            own.frameworks.remove(framework_id)
            own.audit.append(now, "framework.remove", framework_id)
        _forget(place)


def _forget(place: Place) -> None:
    """Takes the copy's words and vectors out of what search keeps, so that nothing of a licensed text stays behind."""
    # Without the extra there is nothing to take out; a model that cannot be used leaves vectors, which say no word.
    with contextlib.suppress(VcisoError, ImportError):
        from knowledge.search.interface import forget_frameworks

        forget_frameworks(place)


def _before(kept: ImportedFrameworks, found: FrameworkImport) -> Before:
    new, heads = found.framework, kept.list()
    editions = tuple(one for one in heads if one.id != new.id and one.urn == new.urn)
    head = next((one for one in heads if one.id == new.id), None)
    if head is None:
        return Before(editions=editions)
    rows = kept.requirements(head.id)
    when = {"imported_at": head.imported_at, "retrieved": head.retrieved}
    same = new.model_copy(update=when) == head and rows == found.requirements
    return Before(head, len(rows), same, editions)


def _facts(found: FrameworkImport) -> dict[str, str | int]:
    head = found.framework
    return {"sha256": head.sha256, "requirements": found.report.requirements, "extends": head.extends}


def _take(kept: ImportedFrameworks, where: str, packs: dict[str, Pack], homes: dict[str, str]) -> None:
    from knowledge.frameworks.loader import Pack

    for head in kept.list():
        packs[head.id] = Pack(head, kept.requirements(head.id))
        homes[head.id] = where
