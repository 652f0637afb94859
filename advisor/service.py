"""What the faces call to have a question about one client answered, kept, replayed, or talked over."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from advisor.answer.followups import standalone
from advisor.answer.material import Material
from advisor.answer.pipeline import Asked, OnClaim, answer
from advisor.answer.questions import Question, read_question
from advisor.answer.world import World, gather, gather_policies
from knowledge.errors import ModelError, NotFoundError, UsageError
from knowledge.frameworks.catalogue import Catalogue, shipped
from knowledge.frameworks.loader import Pack
from knowledge.places import ClientPlace, Places
from knowledge.records.answer import Answer, Turn
from knowledge.records.base import ClientId
from knowledge.records.client import Client
from knowledge.search.interface import Dense, Searcher, open_searcher
from knowledge.settings import Settings
from knowledge.store.frameworks import ImportedFrameworks

if TYPE_CHECKING:
    from advisor.answer.replay import Replay
    from advisor.llm.interface import AskedModel

MAX_QUESTION = 2_000
"""Characters of a question."""
REMEMBERED = 6
"""Turns of a conversation that a follow-up may point back to."""

OpenSearcher = Callable[[Places, ClientId], Searcher]
OpenModel = Callable[[ClientPlace, Client, Settings], "AskedModel"]


def _client_model(place: ClientPlace, client: Client, settings: Settings) -> AskedModel:
    """A model as this client may use it; its code is read only where a model is set."""
    from advisor.llm.session import open_client_model  # noqa: PLC0415 - providers, names and caps take a while to read

    return open_client_model(place, client, settings)


@dataclass(frozen=True)
class Ready:
    """A client's side of a request."""

    profile: Client
    catalogue: Catalogue
    titles: tuple[str, ...]
    others: tuple[str, ...]
    own_copies: frozenset[str] = frozenset()
    """Ids of the framework copies in the client's place."""


class Advisor:
    """Answers for one home. Close it when done; safe for one thread at a time.

    Raises (all methods):
        NotFoundError: no such client; an empty id never means "all".
        BusyError, StoreError, IntegrityError: as the places and the search do.
    """

    def __init__(
        self, places: Places, settings: Settings, *, searchers: OpenSearcher, models: OpenModel = _client_model
    ) -> None:
        self._places = places
        self._settings = settings
        self._open_searcher = searchers
        self._open_model = models
        self._searchers: dict[ClientId, Searcher] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of every searcher."""
        for searcher in self._searchers.values():
            searcher.close()
        self._searchers.clear()

    def ask(
        self,
        client_id: ClientId,
        question: str,
        *,
        now: datetime,
        frameworks: Collection[str] = (),
        use_model: bool = True,
        on_claim: OnClaim | None = None,
        on_answer: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Answers a question from this client's documents and the frameworks, and keeps the answer.

        Args:
            client_id: whose place is searched; no other is opened.
            question: up to 2,000 characters.
            now: when it is asked.
            frameworks: ids or usual names of frameworks to answer from; default those that the question names, else
                the client's.
            use_model: False answers by structure and extraction even where a model is set.
            on_claim: called with each claim as soon as it is checked.
            on_answer: called with the answer before it is kept, so that nobody waits for the disk.

        Raises:
            UsageError: an empty or too long question.
            NotFoundError: no such client or framework.
        """
        found = self._answer(client_id, question, "", now, frameworks, use_model, on_claim)
        if on_answer:
            on_answer(found)
        with self._places.client(client_id) as place, place.write("read") as unit:
            unit.answers.put(found)
        return found

    def chat(
        self,
        client_id: ClientId,
        conversation_id: str,
        question: str,
        *,
        now: datetime,
        use_model: bool = True,
        on_claim: OnClaim | None = None,
    ) -> Turn:
        """Answers the next question of a conversation; a follow-up is rewritten to stand alone first.

        Raises: as `ask`.
        """
        _checked_question(question)
        ready = self._ready(client_id)
        with self._places.client(client_id) as place, place.read() as unit:
            turns = unit.answers.turns(conversation_id, last=REMEMBERED)
        read = _read(question, ready)
        rewritten = standalone(question, read, _pointed_at(turns, ready))
        found = self._answer(client_id, question, rewritten, now, (), use_model, on_claim)
        if rewritten and found.abstained and (read.about or read.named):
            # What was taken for a follow-up may be a question of its own.
            alone = self._answer(client_id, question, "", now, (), use_model, on_claim)
            found = found if alone.abstained else alone
        with self._places.client(client_id) as place, place.write("read") as unit:
            return unit.answers.add_turn(conversation_id, question, found, now)

    def conversation(self, client_id: ClientId, conversation_id: str) -> tuple[Turn, ...]:
        """The turns of a conversation in order.

        Raises:
            NotFoundError: this client has no conversation of that id.
        """
        with self._places.client(client_id) as place, place.read() as unit:
            turns = unit.answers.turns(conversation_id)
        if not turns:
            raise NotFoundError("no such conversation", subject=conversation_id[:60])
        return turns

    def answers(self, client_id: ClientId, limit: int = 50) -> tuple[Answer, ...]:
        """The newest answers of a client, newest first."""
        with self._places.client(client_id) as place, place.read() as unit:
            return unit.answers.list(limit)

    def replay(self, client_id: ClientId, answer_id: str) -> Replay:
        """A kept answer, its claims checked again over the passages that were kept with it.

        Raises:
            NotFoundError: this client has no answer of that id.
        """
        from advisor.answer.replay import replayed  # noqa: PLC0415 - for this alone

        with self._places.client(client_id) as place, place.read() as unit:
            kept = unit.answers.get(answer_id)
        return replayed(kept, self._ready(client_id).catalogue)

    def _answer(  # noqa: PLR0917 - one caller each for ask and chat
        self,
        client_id: ClientId,
        question: str,
        rewritten: str,
        now: datetime,
        frameworks: Collection[str],
        use_model: bool,
        on_claim: OnClaim | None,
    ) -> Answer:
        _checked_question(question)
        ready = self._ready(client_id)
        read = _read(rewritten or question, ready)
        chosen = tuple(dict.fromkeys(ready.catalogue.find(name).id for name in frameworks))
        within = chosen or _within(read, ready)
        world = self._world(client_id, read)
        material = Material(
            read, self._searcher(client_id), ready.catalogue, within, world, now.date(), ready.own_copies
        )
        asked = Asked(f"an-{secrets.token_hex(6)}", question, rewritten, ready.profile.name, now)
        if not use_model or not self._settings.model:
            return answer(asked, material, on_claim=on_claim)
        from advisor.llm.interface import NoModelError  # noqa: PLC0415 - as in _client_model

        with self._places.client(client_id) as place:
            try:
                model = self._open_model(place, ready.profile, self._settings)
            except NoModelError:
                return answer(asked, material, on_claim=on_claim)
            except ModelError as error:
                found = answer(asked, material, on_claim=on_claim)
                note = f"The model was not used ({error.message}); this answer is extractive."
                return found.model_copy(update={"not_covered": (*found.not_covered, note)})
            return answer(asked, material, model=model, on_claim=on_claim)

    def _ready(self, client_id: ClientId) -> Ready:
        profile = self._places.profile(client_id)
        packs: dict[str, Pack] = {}
        with self._places.shared().read() as shared:
            _take(shared.frameworks, packs)
        with self._places.client(client_id) as place, place.read() as unit:
            own = _take(unit.frameworks, packs)
            titles = tuple(document.title for document in unit.documents.list())
        others = tuple(
            name
            for other in self._places.profiles(archived=True)
            if other.id != client_id
            for name in (other.name, other.id)
        )
        return Ready(profile, shipped().with_imported(packs.values()), titles, others, own)

    def _world(self, client_id: ClientId, read: Question) -> World:
        """What only some kinds of questions need besides passages."""
        if read.kind not in {"news", "owed"}:
            return World()
        with self._places.client(client_id) as place:
            return gather(self._places.shared(), place, read.cves) if read.kind == "news" else gather_policies(place)

    def _searcher(self, client_id: ClientId) -> Searcher:
        if client_id not in self._searchers:
            self._searchers[client_id] = self._open_searcher(self._places, client_id)
        return self._searchers[client_id]


def make_advisor(
    places: Places, settings: Settings, *, dense: Dense = "auto", searchers: OpenSearcher | None = None
) -> Advisor:
    """The advisor of a home.

    Args:
        places: the open home.
        settings: which model, if any.
        dense: whether sentence vectors are used as soon as they are there, waited for, or left out.
        searchers: opens the search over one client; default that of knowledge.search.
    """

    def opened(at: Places, client_id: ClientId) -> Searcher:
        return open_searcher(at, client_id, dense=dense)

    return Advisor(places, settings, searchers=searchers or opened)


def new_conversation() -> str:
    """An id for a conversation that begins."""
    return f"co-{secrets.token_hex(6)}"


def _checked_question(question: str) -> None:
    if not any(char.isalnum() for char in question):
        raise UsageError("the question has no words", hint="Ask in words, or name a requirement such as AC-2.")
    if len(question) > MAX_QUESTION:
        raise UsageError(f"the question is longer than {MAX_QUESTION:,} characters", hint="Ask one thing at a time.")


def _take(kept: ImportedFrameworks, packs: dict[str, Pack]) -> frozenset[str]:
    """A client's copy stands in for a shared one of the same id; gives the ids of those that were taken."""
    heads = kept.list()
    for head in heads:
        packs[head.id] = Pack(head, kept.requirements(head.id))
    return frozenset(head.id for head in heads)


def _read(question: str, ready: Ready) -> Question:
    return read_question(
        question,
        catalogue=ready.catalogue,
        own_names=(ready.profile.name, ready.profile.id),
        other_names=ready.others,
        document_titles=ready.titles,
        scope=ready.profile.frameworks,
    )


def _within(read: Question, ready: Ready) -> tuple[str, ...]:
    """The frameworks that the question names, by name or by id; else those in the client's scope; none means all."""
    named = (*read.frameworks, *(match.framework.id for match in read.named))
    wanted: Sequence[str] = named or [i for i in ready.profile.frameworks if _has(ready.catalogue, i)]
    copies = [pack.id for i in wanted for pack in ready.catalogue.copies(i)]
    return tuple(dict.fromkeys((*wanted, *copies)))


def _has(catalogue: Catalogue, framework: str) -> bool:
    return any(head.id == framework for head in catalogue.heads)


def _pointed_at(turns: Sequence[Turn], ready: Ready) -> list[Question]:
    """The questions that a follow-up may point back to, oldest first.

    Not one about somebody else's documents, whose name would stay in every question after it; nor one that was
    rewritten and found nothing, since it may have been read wrongly.
    """
    guessed = {turn.answer.id for turn in turns if turn.answer.abstained and turn.answer.standalone_question}
    reads = [_read(_full(turn), ready) for turn in turns if turn.answer.id not in guessed]
    return [read for read in reads if not (read.foreign_only or read.elsewhere)]


def _full(turn: Turn) -> str:
    return turn.answer.standalone_question or turn.question
