"""The one way into retrieval: a searcher over one client and what is public, and the index it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from knowledge.records.document import Document, DocumentPart
from knowledge.records.search import Hit, Passage, PassageKind

if TYPE_CHECKING:
    from knowledge.places import Place, Places
    from knowledge.settings import Settings

Dense = Literal["auto", "off", "wait"]
"""Sentence vectors of the question: used once the model is loaded, never, or waited for."""

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is worked on)."""


class Searcher(Protocol):
    """Searches one client's place and the shared place, or the shared place alone. Safe to share between threads."""

    def search(
        self, query: str, *, k: int = 10, frameworks: Collection[str] = (), kinds: Collection[PassageKind] = ()
    ) -> tuple[Hit, ...]:
        """The best passages for a question, best first.

        Args:
            query: what a person asked; ids and acronyms in it are understood. Only its first 2,000 characters count.
            k: how many hits at most, 1 to 200.
            frameworks: ids of the frameworks whose requirements may be returned; none means all. Documents are
                not affected.
            kinds: kinds of passages to return; none means all.

        Raises:
            UsageError: an empty question, or `k` out of range.
            NotFoundError: a framework that does not exist.
        """
        ...

    def likeness(self, query: str, passages: Sequence[Passage]) -> Mapping[str, Mapping[str, float]]:
        """How near each sentence of passages of documents is to a question: cosines by passage id and sentence.

        Empty while the sentence vectors are not there.
        """
        ...

    def describe(self) -> str:
        """What is searched, in one sentence for a person ("12 frameworks and 3 documents of northgate")."""
        ...

    def close(self) -> None:
        """Lets go of the index files."""
        ...


@dataclass(frozen=True)
class Health:
    """What a child process found in an index folder."""

    state: Literal["sound", "empty", "stale", "damaged"]
    """`stale`: made by another model or chunker. Both `stale` and `damaged` are rebuilt by the next use."""
    reason: str = ""
    vectors: int = 0


@dataclass(frozen=True)
class Indexed:
    """What an indexing run did."""

    embedded: int
    """Texts that got a new vector."""
    kept: int
    """Texts whose vector was there."""
    removed: int
    rebuilt: str = ""
    """Why the whole index was made anew; empty when it was not."""


def begin_loading(settings: Settings) -> None:
    """Starts reading the embedding model's files beside other work; for a face that is about to open a searcher."""
    from knowledge.search.loading import begin

    begin(settings.embedding_model)


def open_searcher(places: Places, client_id: str, *, dense: Dense = "auto") -> Searcher:
    """A searcher over one client's place and the shared place. Close it when done.

    Raises:
        NotFoundError: not the id of a client; an empty or missing id is an error and never means "all".
        IntegrityError: the embedding model is not the one that its hash says.
    """
    from knowledge.search.service import make_searcher

    return make_searcher(places, client_id, dense=dense)


def shared_searcher(places: Places, *, dense: Dense = "auto") -> Searcher:
    """A searcher over the shared place alone: shipped and imported frameworks."""
    from knowledge.search.service import make_shared_searcher

    return make_shared_searcher(places, dense=dense)


def index_document(
    place: Place, document: Document, parts: Sequence[DocumentPart], *, progress: Progress | None = None
) -> Indexed:
    """Makes the vectors of a document's current version and drops those of older ones.

    Searching does not depend on it: without it the words are found and the vectors are made at the first search.

    Raises:
        SettingsError: the extra `search` is not installed, or the model folder cannot be used.
    """
    from knowledge.search.service import index_parts

    return index_parts(place, document, parts, progress=progress)


def remove_document(place: Place, document_id: str) -> Indexed:
    """Drops a document's vectors."""
    from knowledge.search.service import remove_parts

    return remove_parts(place, document_id)


def index_frameworks(place: Place, *, progress: Progress | None = None) -> Indexed:
    """Makes the vectors of the framework copies in a place, and of a client's documents, and drops those of old texts.

    Searching does not depend on it: without it they are found by their words, and questions make the rest beside them.

    Raises:
        SettingsError: the extra `search` is not installed, or the model folder cannot be used.
    """
    from knowledge.search.service import index_copies

    return index_copies(place, progress=progress)


def forget_frameworks(place: Place) -> Indexed:
    """Drops the words and the vectors of framework copies that are no longer in a place.

    Raises:
        SettingsError: the extra `search` is not installed, or the model folder cannot be used; the words are gone.
    """
    from knowledge.search.service import forget_copies

    return forget_copies(place)


def index_news(place: Place, *, progress: Progress | None = None) -> Indexed:
    """Makes the vectors of the shared place's recent news, advisories and KEV entries, and drops those of older ones.

    Searching does not depend on it: without it they are found by their words.

    Raises:
        SettingsError: the extra `search` is not installed, or the model folder cannot be used.
    """
    from knowledge.search.service import index_items

    return index_items(place, progress=progress)


def rebuild(place: Place, *, progress: Progress | None = None) -> Indexed:
    """Throws the index folder away and makes it anew from the place's database."""
    from knowledge.search.service import rebuild_place

    return rebuild_place(place, progress=progress)


def health(place: Place) -> Health:
    """Reads the whole index in a child process, so that damaged files can crash only that."""
    from knowledge.search.service import check_place

    return check_place(place)
