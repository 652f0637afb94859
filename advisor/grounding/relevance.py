"""How well a passage answers a question, and which of its sentences say so (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.grounding.entities import quantities
from advisor.grounding.text import quotable
from advisor.grounding.words import Concept, coverage, stems
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.framework import Requirement
from knowledge.records.search import Hit, Passage
from knowledge.search.sentences import sentences


@dataclass(frozen=True)
class Judged:
    """A hit with what speaks for it, comparable between searches (a fused score is not)."""

    hit: Hit
    cover: float
    """Share of what is asked that the passage has, by weight: 0 to 1."""
    dense: float
    """Cosine of the question's and the passage's vectors, -1 to 1; 0 where vectors were not at hand."""
    relevance: float
    """The two together: 0 to about 1.5."""

    @property
    def passage(self) -> Passage:
        """The passage."""
        return self.hit.passage


TELLING = 6.0
"""Rarity of a word that a passage without it hardly answers: a name, a thing that no framework speaks of."""
WITHOUT_TELLING = 0.7

DOUBTED = 0.2
"""What words are worth in a passage whose meaning is elsewhere."""
DENSE_FLOOR = 0.30
"""A cosine of MiniLM below this says nothing."""
DENSE_SHARE = 0.9
"""What the cosine above the floor is worth beside the words."""
DENSE_ALONE = 2.6
"""What it is worth alone: a paraphrase shares few words with what answers it. 0.54 reaches the bar of a requirement;
questions that nothing here answers stay below 0.50."""


def judge(hit: Hit, about: Sequence[Concept], row: Requirement | None = None) -> Judged:
    """What speaks for a hit.

    Args:
        hit: from a search; a `dense` reason's score is taken as a cosine.
        about: what is asked.
        row: the requirement of the passage; its keywords and question count as its words, though only text is quoted.
    """
    words = passage_words(hit.passage, row)
    cover = coverage(about, words)
    lost = any(concept.weight >= TELLING and not concept.matches(words) for concept in about)
    cover *= WITHOUT_TELLING if lost else 1.0
    dense = dense_score(hit)
    if dense:
        # Words that meet by chance (a "fired" person, a "fire") stand in passages that mean something else.
        cover *= min(1.0, max(DOUBTED, (dense - 0.12) / 0.25))
    above = max(0.0, dense - DENSE_FLOOR)
    alone = DENSE_ALONE * above
    if lost:
        alone *= 0.75 if hit.passage.kind == "document" else 0.9
    return Judged(hit, cover, dense, max(cover + DENSE_SHARE * above, alone))


def dense_score(hit: Hit) -> float:
    """The cosine of question and passage, 0 where vectors were not at hand."""
    return max((reason.score for reason in hit.reasons if reason.ranker == "dense"), default=0.0)


def passage_words(passage: Passage, row: Requirement | None = None) -> frozenset[str]:
    """Stems of everything that a passage is known by."""
    extra = f"{row.title} {row.summary} {row.question} {' '.join(row.keywords)}" if row else ""
    return frozenset(stems(f"{passage.title} {' '.join(passage.heading_path)} {passage.text} {extra}"))


def row_of(passage: Passage, catalogue: Catalogue) -> Requirement | None:
    """The requirement behind a passage; None for a document."""
    return catalogue.pack(passage.framework).get(passage.requirement_id) if passage.framework else None


def best_sentences(
    passage: Passage, about: Sequence[Concept], row: Requirement | None = None, *, deadline: bool = False, most: int = 2
) -> tuple[str, ...]:
    """The sentences of a passage that answer best, best first, each verbatim and safe to show.

    Of a shipped requirement only the summary is quoted: the question that an assessor would ask states nothing.
    """
    text = passage.text
    if row is not None and not row.statement and row.summary and row.summary in text:
        text = row.summary
    head = frozenset(stems(f"{passage.title} {' '.join(passage.heading_path)}"))
    scored: list[tuple[float, int, str]] = []
    for place, sentence in enumerate(sentences(text)):
        quote = quotable(sentence)
        if not quote:
            continue
        words = frozenset(stems(quote))
        own = coverage(about, words)
        score = own + 0.3 * (coverage(about, words | head) - own)
        if deadline and any(True for _ in quantities(quote)):
            score += 0.35
        if sentence.endswith("?"):
            score -= 0.5
        scored.append((score, -place, quote))
    scored.sort(reverse=True)
    return tuple(quote for _, _, quote in scored[:most])
