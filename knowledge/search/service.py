"""Opens searchers over places, keeps their indexes, and merges what the two partitions answer."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack

from knowledge.errors import NotFoundError, StoreError, UsageError, VcisoError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.places import ClientPlace, Place, Places
from knowledge.records.document import Document, DocumentPart
from knowledge.records.search import Hit, Passage, PassageKind
from knowledge.search.bert import supported
from knowledge.search.chunks import document_passages, sentence_text
from knowledge.search.encoder import Model, checked_folder, model, model_folder
from knowledge.search.engine import Question
from knowledge.search.entries import passage_entry
from knowledge.search.interface import Dense, Health, Indexed, Progress
from knowledge.search.lexical import KEPT
from knowledge.search.loading import Beside, finish
from knowledge.search.merge import merge
from knowledge.search.partition import Partition, catalogue_with
from knowledge.search.question import MAX_CHARS, read
from knowledge.search.ranked import rank
from knowledge.search.rerank import DEPTH, rerank
from knowledge.search.sentences import sentences
from knowledge.search.sides import NewsSide, Side
from knowledge.search.vectors import forget, index_of, sync, vector_id
from knowledge.settings import Settings

MAX_K = 200
NEWS: frozenset[PassageKind] = frozenset({"news", "advisory"})
BESIDE_NEWS: frozenset[PassageKind] = frozenset({"requirement", "document"})
GRACE_SECONDS = 5.0
CLOSE_SECONDS = 30.0
PATIENCE = 1.0
"""Seconds that a question waits for a model that needs no torch: it is there before them unless the machine is busy."""


class PlaceSearcher:
    """A searcher over the shared side and, if there is one, one client's."""

    def __init__(
        self, stack: ExitStack, shared: Place, client: Place | None, *, who: str, dense: Dense, settings: Settings
    ) -> None:
        self._stack = stack
        self._who = who
        self._setting = settings.embedding_model
        self._dense = dense
        # Only where meaning may be waited for: it loads torch.
        self._reranker = settings.reranker_model if dense != "off" else None
        self._guard = threading.RLock()
        self._stop = threading.Event()
        self._model: Model | None = None
        self._trouble = ""
        self._attached = threading.Event()
        # Beside the reading of the places: checking and loading the model takes as long as that does.
        self._folder = model_folder(self._setting)
        self._checked = Beside(self._check)
        self._loaded = Beside(self._load) if dense != "off" else None
        self._sides = [Side("shared", shared, self._folder)]
        if client is not None:
            self._sides.append(Side("client", client, self._folder))
        self._news: NewsSide | None = None
        self._catalogue: Catalogue | None = None
        self._worker: threading.Thread | None = None
        self._start()

    def search(
        self, query: str, *, k: int = 10, frameworks: Collection[str] = (), kinds: Collection[PassageKind] = ()
    ) -> tuple[Hit, ...]:
        """See `Searcher.search`."""
        if not 1 <= k <= MAX_K:
            raise UsageError(f"is not between 1 and {MAX_K}", subject=f"k={k}")
        self._checked.result()  # a changed model is refused before anything is answered
        if self._dense == "auto" and supported(self._folder):
            self._attached.wait(PATIENCE)
        with self._guard:
            if self._stop.is_set():
                raise UsageError("this searcher is closed")
            changed = [side.refresh() for side in self._sides]
            if any(changed):
                self._start()
            partitions = [side.partition for side in self._sides if _holds(kinds, BESIDE_NEWS)]
            if _holds(kinds, NEWS):
                partitions.insert(0, self._brought())
            known = self._model
            catalogue = self._looked_up(fresh=any(changed))
        for framework in frameworks:
            catalogue.pack(framework)
        asked = read(query, catalogue)
        vector = known.encode_question(asked.search_text) if known else None
        question = Question(asked.search_text, vector)
        found = [
            (one, rank(one, asked, question, depth=max(k, 20), frameworks=frameworks, kinds=kinds))
            for one in reversed(partitions)
        ]
        if self._reranker is None:
            return merge(found, k)
        return rerank(asked.text, merge(found, max(k, DEPTH)), self._reranker)[:k]

    def likeness(self, query: str, passages: Sequence[Passage]) -> Mapping[str, Mapping[str, float]]:
        """See `Searcher.likeness`."""
        with self._guard:
            partitions = [side.partition for side in self._sides]
            known = self._model
        if known is None or not passages:
            return {}
        vector = known.encode_question(query[:MAX_CHARS])
        found: dict[str, dict[str, float]] = {}
        for passage in passages:
            for partition in partitions:
                row = partition.collection.rows.get(passage.id)
                scores = partition.collection.likeness(row, vector) if row is not None else {}
                if scores:
                    near = {one: scores.get(sentence_text(passage, one)) for one in sentences(passage.text)}
                    found[passage.id] = {one: score for one, score in near.items() if score is not None}
        return found

    def describe(self) -> str:
        """See `Searcher.describe`."""
        with self._guard:
            owners = {owner for side in self._sides for owner in side.partition.owners}
            frameworks = sum(owner.startswith("fw:") for owner in owners)
            documents = sum(owner.startswith("doc:") for owner in owners)
            items = len(set(self._news.partition.owners)) if self._news else 0
            by = "by words and by meaning" if self._model else "by words only"
            tail = f" ({self._trouble})" if self._trouble else ""
        mine = f" and {documents} document{'' if documents == 1 else 's'} of {self._who}" if self._who else ""
        news = f" and {items} news items and advisories" if items else ""
        return f"{frameworks} frameworks{mine}{news}, {by}{tail}"

    def close(self) -> None:
        """See `Searcher.close`."""
        # What is nearly done is kept: a short-lived process would otherwise begin it anew each time.
        if self._worker is not None:
            self._worker.join(GRACE_SECONDS)
        self._stop.set()
        if self._worker is not None:
            self._worker.join(CLOSE_SECONDS)
        self._stack.close()

    def _looked_up(self, *, fresh: bool) -> Catalogue:
        """Where ids are looked up: the shipped packs and the copies of both sides."""
        if fresh or self._catalogue is None:
            self._catalogue = catalogue_with([pack for side in self._sides for pack in side.copies])
        return self._catalogue

    def _brought(self) -> Partition:
        """What the sources brought: read where it is asked for, since most questions are not about the day."""
        if self._news is None:
            self._news = NewsSide(self._sides[0].place, self._folder)
            fresh = True
        else:
            fresh = self._news.refresh()
        if self._model is not None and (fresh or not self._news.partition.collection.has_vectors):
            # New items get their vectors after a refresh; a question that does not wait takes those that are there.
            self._news.attach(self._model, embed=self._dense == "wait", stop=self._stop.is_set)
        return self._news.partition

    def _check(self) -> None:
        finish(self._setting)  # hashed once, by whichever began first
        checked_folder(self._setting)

    def _load(self) -> Model:
        self._checked.result()
        return model(self._setting)

    def _start(self) -> None:
        """Sentence vectors for what the sides hold now: beside the searching, or at once where they are waited for."""
        if self._dense == "off":
            return
        if self._dense == "wait":
            self._attach()
            return
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._attach_quietly, name="search-vectors", daemon=True)
            self._worker.start()

    def _attach(self) -> None:
        assert self._loaded is not None
        loaded = self._loaded.result()
        # What is there first, so that the question's meaning counts while new texts are embedded.
        for side in self._sides:
            side.attach(loaded, embed=False)
            self._model = loaded
        self._attached.set()
        # Texts may change while they are embedded: until every side has what it holds now.
        while not self._stop.is_set() and not all(side.complete for side in self._sides):
            try:
                for side in self._sides:
                    side.attach(loaded, embed=True, stop=self._stop.is_set)
            except StoreError as error:  # a full disk costs the meaning of new texts, never the search
                self._trouble = str(error)
                return

    def _attach_quietly(self) -> None:
        try:
            self._attach()
        except VcisoError as error:
            self._trouble = str(error)
            self._attached.set()


def make_shared_searcher(places: Places, *, dense: Dense) -> PlaceSearcher:
    """See `interface.shared_searcher`."""
    return PlaceSearcher(ExitStack(), places.shared(), None, who="", dense=dense, settings=places.settings)


def make_searcher(places: Places, client_id: str, *, dense: Dense) -> PlaceSearcher:
    """See `interface.open_searcher`."""
    if not isinstance(client_id, str) or not client_id:
        raise NotFoundError("no client was named", hint="A search is over one client; `vciso client list` shows them.")
    stack = ExitStack()
    try:
        client = stack.enter_context(places.client(client_id))
        return PlaceSearcher(stack, places.shared(), client, who=client_id, dense=dense, settings=places.settings)
    except BaseException:
        stack.close()
        raise


def index_parts(
    place: Place, document: Document, parts: Sequence[DocumentPart], *, progress: Progress | None
) -> Indexed:
    """See `interface.index_document`."""
    loaded = model(place.embedding_model)
    owner = f"doc:{document.id}"
    texts = [text for one in document_passages(document, parts, "client") for text in passage_entry(one).sentences]
    wanted = {vector_id(owner, text): text for text in texts}
    _, indexed = sync(index_of(place.folder, loaded), wanted, loaded, owners=[owner], progress=progress)
    return indexed


def remove_parts(place: Place, document_id: str) -> Indexed:
    """See `interface.remove_document`."""
    loaded = model(place.embedding_model)
    owner = f"doc:{document_id}"
    (place.folder / KEPT).unlink(missing_ok=True)  # its words are the document's
    _, indexed = sync(index_of(place.folder, loaded), {}, loaded, owners=[owner])
    return indexed


def rebuild_place(place: Place, *, progress: Progress | None) -> Indexed:
    """See `interface.rebuild`."""
    loaded = model(place.embedding_model)
    forget(place.folder)
    index_of(place.folder, loaded).reset()
    copies = index_copies(place, progress=progress)
    if isinstance(place, ClientPlace):
        return copies
    news = NewsSide(place, None).attach(loaded, embed=True, progress=progress)
    return Indexed(copies.embedded + news.embedded, copies.kept + news.kept, copies.removed + news.removed)


def index_copies(place: Place, *, progress: Progress | None) -> Indexed:
    """See `interface.index_frameworks`."""
    side = Side("client" if isinstance(place, ClientPlace) else "shared", place, None)
    return side.attach(model(place.embedding_model), embed=True, progress=progress)


def forget_copies(place: Place) -> Indexed:
    """See `interface.forget_frameworks`."""
    (place.folder / KEPT).unlink(missing_ok=True)  # made anew from what is there when it is next searched
    return index_copies(place, progress=None)


def index_items(place: Place, *, progress: Progress | None) -> Indexed:
    """See `interface.index_news`."""
    return NewsSide(place, None).attach(model(place.embedding_model), embed=True, progress=progress)


def _holds(kinds: Collection[PassageKind], some: frozenset[PassageKind]) -> bool:
    return not kinds or bool(some & set(kinds))


def check_place(place: Place) -> Health:
    """See `interface.health`."""
    health, _ = index_of(place.folder, model(place.embedding_model)).read()
    return health
