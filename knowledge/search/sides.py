"""One side of a search kept up to date with its place: passages at once, sentence vectors when they are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.frameworks.loader import Pack
from knowledge.places import ClientPlace, Place
from knowledge.records.document import Document
from knowledge.records.search import Partition as Name
from knowledge.records.search import Passage
from knowledge.search.chunks import document_passages
from knowledge.search.encoder import Model
from knowledge.search.index import Stored
from knowledge.search.interface import Indexed, Progress
from knowledge.search.partition import Partition, build, shipped_packs, with_copies
from knowledge.search.static import StaticTable
from knowledge.search.vectors import index_of, load, spread, sync, vector_id

Signature = tuple[tuple[str, str], ...]


def copies_of(place: Place) -> tuple[Pack, ...]:
    """The framework copies that were imported into a place."""
    with _reading(place) as unit:
        return tuple(Pack(head, unit.frameworks.requirements(head.id)) for head in unit.frameworks.list())


def documents_of(place: Place) -> Mapping[str, tuple[Passage, ...]]:
    """Passages of the current version of each document of a client; the shared place has none."""
    if not isinstance(place, ClientPlace):
        return {}
    with place.read() as unit:
        return {one.id: document_passages(one, unit.documents.parts(one.id), "client") for one in unit.documents.list()}


def signature(place: Place) -> Signature:
    """What tells that the place's texts changed: imported copies and current documents with their hashes."""
    with _reading(place) as unit:
        found = [(f"fw:{head.id}", f"{head.sha256}:{head.imported_at}") for head in unit.frameworks.list()]
        documents: tuple[Document, ...] = unit.documents.list() if isinstance(place, ClientPlace) else ()
        return tuple(found + [(f"doc:{one.id}", f"{one.version}:{one.sha256}") for one in documents])


def _reading(place: Place) -> Any:
    return place.read()  # type: ignore[attr-defined]


@cache
def _shipped_partition(static_folder: Path | None) -> Partition:
    return build("shared", shipped_packs(), {}, _static(static_folder))


def _static(folder: Path | None) -> StaticTable | None:
    from knowledge.search.static import static_table

    return static_table(folder) if folder else None


class Side:
    """A place as a partition."""

    def __init__(self, name: Name, place: Place, static_folder: Path | None) -> None:
        self.name = name
        self.place = place
        self._static_folder = static_folder
        self._signature: Signature | None = None
        self._embedded: Partition | None = None
        self.partition: Partition
        self.refresh()

    def refresh(self) -> bool:
        """Reads the place again if its texts changed; says whether they had."""
        now = signature(self.place)
        if now == self._signature:
            return False
        copies = copies_of(self.place)
        if self.name == "shared" and not copies:
            self.partition = _shipped_partition(self._static_folder)
        else:
            packs = with_copies(shipped_packs(), copies) if self.name == "shared" else copies
            static = _static(self._static_folder)
            self.partition = build(self.name, packs, documents_of(self.place), static, folder=self.place.folder)
        self._signature = now
        return True

    @property
    def complete(self) -> bool:
        """Whether every text that it holds now was given its vector."""
        return self._embedded is self.partition

    def attach(
        self, model: Model, *, embed: bool, progress: Progress | None = None, stop: Callable[[], bool] = lambda: False
    ) -> Indexed:
        """Gives the partition its sentence vectors; with `embed` those that are nowhere yet are made and kept."""
        partition = self.partition
        collection = partition.collection
        texts, owners = collection.texts, partition.text_owners
        indexed = Indexed(0, 0, 0)
        stored: Stored | None = None
        vectors, missing = spread(texts, owners, None, model)
        index = index_of(self.place.folder, model)
        # With nothing to add there may still be vectors of texts that are gone.
        if missing or (embed and index.folder.exists()):
            wanted = {vector_id(owners[row], texts[row]): texts[row] for row in missing}
            if embed:
                stored, indexed = sync(index, wanted, model, progress=progress, stop=stop)
            else:
                _, stored = load(index)
            vectors, _ = spread(texts, owners, stored, model)
        collection.attach(vectors)
        if embed and not stop():
            self._embedded = partition
        return indexed
