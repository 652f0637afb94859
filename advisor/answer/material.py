"""What an answer is made from, and what an answering step hands on before the checks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from advisor.answer.questions import Question
from advisor.answer.world import World
from advisor.grounding.checks import Draft
from advisor.grounding.relevance import Judged, dense_score, judge, row_of
from advisor.grounding.words import in_field_words
from knowledge.frameworks.catalogue import Catalogue, Match, key
from knowledge.records.answer import AnswerMode
from knowledge.records.framework import Requirement
from knowledge.records.search import Hit, Passage, PassageKind, Reason
from knowledge.search.entries import requirement_passage
from knowledge.search.interface import Searcher

SEARCHED = 24
"""Passages asked for at once."""


@dataclass
class Material:
    """One request: the question, where to look, and every passage that was found for it."""

    question: Question
    searcher: Searcher
    catalogue: Catalogue
    frameworks: tuple[str, ...] = ()
    """Frameworks to answer from: those that the question names, else the client's; none means all."""
    world: World = field(default_factory=World)
    """What records and briefs say, for a question on the day's events."""
    today: date | None = None
    """The day of the request."""
    own_copies: frozenset[str] = frozenset()
    """Ids of the framework copies in the client's own place: its licensed text, a profile made for it."""
    hits: dict[str, Hit] = field(default_factory=dict)
    """By passage id, in the order found: what a claim may cite."""

    def search(
        self,
        query: str,
        *,
        kinds: Collection[PassageKind] = ("requirement", "document"),
        frameworks: Collection[str] | None = None,
        k: int = SEARCHED,
    ) -> tuple[Judged, ...]:
        """Searches and keeps what was found, with what speaks for each by the words of the question."""
        if not query.strip():
            return ()
        within = self.frameworks if frameworks is None else tuple(frameworks)
        found = list(self.searcher.search(query, k=k, frameworks=within, kinds=kinds))
        again = in_field_words(query)
        if "requirement" in kinds and again.casefold() != query.casefold():
            found = _joined(found, self.searcher.search(again, k=k, frameworks=within, kinds=kinds))
        for hit in found:
            self.hits.setdefault(hit.passage.id, hit)
        return tuple(self.judged(hit) for hit in found)

    def judged(self, hit: Hit) -> Judged:
        """What speaks for a hit by the words of the question."""
        return judge(hit, self.question.about, self.row(hit.passage))

    def row(self, passage: Passage) -> Requirement | None:
        """The requirement behind a passage."""
        return row_of(passage, self.catalogue)

    def in_words(self, match: Match) -> Match:
        """The same requirement where a copy has words of it: the client's own, else the widest that was imported."""
        if match.requirement.statement:
            return match
        wanted = key(match.requirement.id)
        found = [
            Match(pack.framework, row)
            for pack in self.catalogue.copies(match.framework.id)
            if (row := self.catalogue.rows(pack.id).get(wanted)) is not None and row.statement
        ]

        def order(one: Match) -> tuple[bool, int]:
            return one.framework.id in self.own_copies, len(self.catalogue.rows(one.framework.id))

        return max(found, key=order, default=match)

    def requirement(self, match: Match, why: str = "named in the question") -> Hit:
        """A requirement taken from the catalogue by its id, as a hit."""
        shipped = match.framework.imported_at is None
        pack = self.catalogue.pack(match.framework.id)
        return self.keep(requirement_passage(pack, match.requirement, "shared" if shipped else "client"), "id", why)

    def keep(self, passage: Passage, ranker: str, why: str) -> Hit:
        """A passage that was looked up, not searched for."""
        reason = Reason(ranker=ranker, rank=1, score=1.0, detail=why)
        hit = Hit(passage=passage, rank=len(self.hits) + 1, score=1.0, reasons=(reason,))
        self.hits[passage.id] = hit
        return hit


def _joined(first: Sequence[Hit], second: Sequence[Hit]) -> list[Hit]:
    """Hits of a question and of its other wording: each once, where it stood better, with the greater likeness."""
    best: dict[str, Hit] = {}
    for hit in (*first, *second):
        known = best.get(hit.passage.id)
        if known is None:
            best[hit.passage.id] = hit
        else:
            likely = max(known, hit, key=dense_score)
            best[hit.passage.id] = likely.model_copy(update={"rank": min(known.rank, hit.rank)})
    return sorted(best.values(), key=lambda hit: hit.rank)


@dataclass(frozen=True)
class Composed:
    """Claims to be checked, and what to say beside them."""

    drafts: tuple[Draft, ...] = ()
    not_covered: tuple[str, ...] = ()
    mode: AnswerMode = "extractive"
    fixed: tuple[Draft, ...] = ()
    """Claims from records and briefs: told by code whether a model is there or not."""

    def __add__(self, other: Composed) -> Composed:
        return Composed(
            (*self.drafts, *(draft for draft in other.drafts if draft not in self.drafts)),
            tuple(dict.fromkeys((*self.not_covered, *other.not_covered))),
            self.mode if self.drafts else other.mode,
            (*self.fixed, *other.fixed),
        )


def label(match: Match) -> str:
    """`SP 800-53 r5 AC-2 (Account Management)`."""
    title = match.requirement.title
    return f"{match.label} ({title})" if title else match.label


def match_of(passage: Passage, catalogue: Catalogue) -> Match | None:
    """The requirement that a passage shows."""
    row = row_of(passage, catalogue)
    return Match(catalogue.pack(passage.framework).framework, row) if row else None
