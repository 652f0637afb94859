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
from knowledge.search.bert import Floats
from knowledge.search.chunks import document_passages
from knowledge.search.encoder import Model
from knowledge.search.interface import Indexed, Progress
from knowledge.search.lexical import KEPT, NEWS_KEPT
from knowledge.search.partition import Partition, build, build_shipped, shipped_packs, with_copies
from knowledge.search.shipped import shipped
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
    return build_shipped(_static(static_folder))


def _static(folder: Path | None) -> StaticTable | None:
    from knowledge.search.static import static_table

    return static_table(folder) if folder else None


def known_vectors(partition: Partition, model: Model) -> tuple[Floats, list[int]]:
    """The vectors that are shipped, one row for each text, and the rows that have none."""
    rows = partition.prepared
    if rows is not None and shipped().model == model.digest and (rows.vectors >= 0).all():
        return shipped().take(rows.vectors), []
    return spread(partition.collection.texts, partition.text_owners, None, model)


class Side:
    """A place as a partition: its framework copies and, of a client, its documents."""

    def __init__(self, name: Name, place: Place, static_folder: Path | None) -> None:
        self.name = name
        self.place = place
        self._static_folder = static_folder
        self._signature: Signature | None = None
        self._embedded: Partition | None = None
        self._known: tuple[Partition, str, Floats, list[int]] | None = None
        self.partition: Partition
        self.copies: tuple[Pack, ...] = ()
        """The framework copies that were imported into the place."""
        self.refresh()

    @property
    def under(self) -> str:
        """How the owners of its vectors begin: the index of the shared place holds those of the news as well."""
        return "fw:" if self.name == "shared" else ""

    def refresh(self) -> bool:
        """Reads the place again if its texts changed; says whether they had."""
        now = self._sign()
        if now == self._signature:
            return False
        self.partition = self._build()
        self._signature = now
        return True

    def _sign(self) -> Signature:
        return signature(self.place)

    def _build(self) -> Partition:
        self.copies = copies_of(self.place)
        if self.name == "shared" and not self.copies:
            return _shipped_partition(self._static_folder)
        packs = with_copies(shipped_packs(), self.copies) if self.name == "shared" else self.copies
        return build(
            self.name, packs, documents_of(self.place), _static(self._static_folder), keep=self.place.folder / KEPT
        )

    @property
    def complete(self) -> bool:
        """Whether every text that it holds now was given its vector."""
        return self._embedded is self.partition

    def attach(
        self, model: Model, *, embed: bool, progress: Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> Indexed:
        """Gives the partition its sentence vectors; with `embed` those that are nowhere yet are made and kept."""
        partition = self.partition
        collection = partition.collection
        indexed = Indexed(0, 0, 0)
        vectors, missing = self._shipped_vectors(partition, model)
        index = index_of(self.place.folder, model)
        # With nothing to add there may still be vectors of texts that are gone.
        if missing or (embed and index.folder.exists()):
            texts, owners = (collection.texts, partition.text_owners) if missing else ((), ())
            wanted = {vector_id(owners[row], texts[row]): texts[row] for row in missing}
            if embed:
                stored, indexed = sync(index, wanted, model, under=self.under, progress=progress, stop=stop)
            else:
                _, stored = load(index)
            if missing:
                vectors, _ = spread(texts, owners, stored, model)
        collection.attach(vectors)
        if embed and not (stop and stop()):
            self._embedded = partition
        return indexed

    def _shipped_vectors(self, partition: Partition, model: Model) -> tuple[Floats, list[int]]:
        """`known_vectors`, once for a partition: it is attached with what is there, and then with what was made."""
        if self._known is None or self._known[0] is not partition or self._known[1] != model.digest:
            self._known = (partition, model.digest, *known_vectors(partition, model))
        return self._known[2:]


class NewsSide(Side):
    """What the sources brought to the shared place, recent items only."""

    def __init__(self, place: Place, static_folder: Path | None) -> None:
        super().__init__("shared", place, static_folder)

    @property
    def under(self) -> str:
        """As of any side."""
        return "item:"

    def _sign(self) -> Signature:
        with _reading(self.place) as unit:
            return (("news", str(unit.newest_change())), ("count", str(unit.changed_since(None))))

    def _build(self) -> Partition:
        from knowledge.search.news import news_passages

        with _reading(self.place) as unit:
            found = news_passages(unit)
        keep = self.place.folder / NEWS_KEPT
        return build("shared", (), found, _static(self._static_folder), keep=keep, owner="item")
