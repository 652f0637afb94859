"""Ranks entries for a question: words, sentence and token vectors, then the structure between entries (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.search.bert import Floats
from knowledge.search.entries import FIELDS, Entry, Field
from knowledge.search.layout import Layout, Links
from knowledge.search.lexical import Lexical
from knowledge.search.static import StaticTable

FIELD_WEIGHTS: Mapping[Field, float] = {
    "title": 0.6,
    "statement": 1.0,
    "discussion": 1.0,
    "summary": 1.0,
    "question": 0.4,
    "keywords": 0.9,
    "sentence": 1.0,
}
"""How much the likeness of each field says; an entry without a field is judged by those it has."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each ranking says, in standard deviations of the first pass; chosen as docs/guide/search.md says."""

    lexical: float = 0.17
    """Against 1 for sentence vectors."""
    words_alone: float = 1.0
    static: float = 0.5
    """These two until the sentence vectors are there; beside them token vectors add nothing (measured)."""
    phrase: float = 8.0
    """Added to an entry that has every word pair of the question; to others the square of their share, so that a
    quotation counts and chance agreement does not."""
    votes: float = 1.5
    """Added to the entry with most votes, to others their share."""
    voters: int = 20
    heat: float = 1.0
    """How much faster than its score a voter's weight grows: exp(heat * score)."""
    related: float = 0.1
    child: float = 0.6
    """Of what the best enhancement has over its base requirement, the base gets this share."""
    base: float = 0.7
    """Added to every entry that is not an enhancement."""
    ours: float = 0.5
    """Added to every entry that a shipped pack describes: enhancements outside the moderate baseline have none."""


@dataclass(frozen=True)
class Question:
    """A question with what could be computed of it so far."""

    text: str
    vector: Floats | None = None
    """Its sentence vector; None while the model is not there."""


@dataclass(frozen=True)
class Ranking:
    """Scores of every entry, in all and by ranking; -inf in `total` where an entry was not asked for."""

    total: Floats
    parts: Mapping[str, Floats] = field(default_factory=dict)
    """lexical, dense, static: as measured, before they are made comparable; votes, related, child: what they added."""


class Collection:
    """Entries that are ranked together. Everything but the sentence vectors is there at once; those join later."""

    def __init__(
        self,
        entries: Sequence[Entry],
        static: StaticTable | None = None,
        *,
        keep: Path | None = None,
        layout: Layout | None = None,
        lexical: Lexical | None = None,
    ) -> None:
        """Takes the entries.

        Args:
            entries: row by row; with `layout` and `lexical` none of them is looked at before its text is wanted.
            static: token vectors.
            keep: the file in which counted words are kept between processes.
            layout: the entries as arrays, where that is known.
            lexical: their words counted, where that is known.
        """
        self.entries = entries
        self.layout = laid = layout or Layout.of(entries)
        self.keys = laid.keys
        self.rows = {key: row for row, key in enumerate(laid.keys)}
        self.owner = laid.owner
        self._field = laid.field
        self._ours = laid.ours
        self.base = laid.base
        self.related = laid.related
        self.lexical = lexical or Lexical([entry.words for entry in entries], keep)
        self._static = static
        self._static_vectors: Floats | None = None
        self._vectors: Floats | None = None
        self._known: NDArray[np.bool_] = np.zeros(len(laid.owner), np.bool_)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts of all entries in their order."""
        return tuple(text for entry in self.entries for text in entry.sentences)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def has_vectors(self) -> bool:
        """Whether any text has a sentence vector."""
        return self._vectors is not None

    def attach(self, vectors: Floats) -> None:
        """Sentence vectors, one row for each of `texts`, zeros where there is none."""
        self._known = np.asarray(vectors.any(axis=1), np.bool_)
        self._vectors = vectors if self._known.any() else None

    def likeness(self, row: int, vector: Floats) -> dict[str, float]:
        """The cosine of a question's vector and each text of an entry that has one."""
        if self._vectors is None:
            return {}
        start, end = np.searchsorted(self.owner, [row, row + 1])
        scores = self._vectors[start:end] @ vector
        return {self.texts[at]: float(scores[at - start]) for at in range(start, end) if self._known[at]}

    def first(self, question: Question, weights: Weights) -> tuple[Floats, dict[str, Floats]]:
        """What words and vectors say, in standard deviations from the mean of the collection, weighted; and each alone:
        `lexical` as BM25 scores, `static` and `dense` as the cosine of the best text.
        """
        lexical = self.lexical.scores(question.text)
        parts = {"lexical": lexical}
        if self._vectors is not None and question.vector is not None:
            by_text = self._vectors @ question.vector
            parts["dense"] = self._best(by_text)
            total = self._by_field(by_text) + weights.lexical * standard(lexical)
            return np.asarray(total / (1 + weights.lexical), np.float32), parts
        total = weights.words_alone * standard(lexical)
        if self._static is not None:
            if self._static_vectors is None:
                self._static_vectors = self._static.encode(self.texts)
            parts["static"] = self._best(self._static_vectors @ self._static.encode([question.text])[0])
            total = total + weights.static * standard(parts["static"])
        return np.asarray(total / (weights.words_alone + weights.static), np.float32), parts

    def _best(self, by_text: Floats) -> Floats:
        """The best text of each entry."""
        found = np.full(len(self), -1.0, np.float32)
        np.maximum.at(found, self.owner, by_text)
        return found

    def _by_field(self, by_text: Floats) -> Floats:
        """For each entry the weighted mean over its fields of how far its best piece stands out in that field."""
        total, weight = np.zeros(len(self), np.float32), np.zeros(len(self), np.float32)
        for number, name in enumerate(FIELDS):
            of_field = (self._field == number) & self._known
            if not of_field.any():
                continue
            best = np.full(len(self), -np.inf, np.float32)
            np.maximum.at(best, self.owner[of_field], by_text[of_field])
            has = np.isfinite(best)
            total[has] += FIELD_WEIGHTS[name] * standard(best[has])
            weight[has] += FIELD_WEIGHTS[name]
        return np.asarray(total / np.maximum(weight, 1e-9), np.float32)

    def rank(
        self,
        question: Question,
        weights: Weights,
        votes: Floats | None = None,
        first: tuple[Floats, Mapping[str, Floats]] | None = None,
    ) -> Ranking:
        """All entries by all rankings.

        Args:
            question: what was asked.
            weights: how much each ranking says.
            votes: what rows of other frameworks said (`cast`).
            first: what `first` gave for the same question, where it was asked already.
        """
        total, likely = first or self.first(question, weights)
        parts = {**likely, "phrase": self.lexical.phrases(question.text)}
        total = total + np.float32(weights.phrase) * np.square(parts["phrase"])
        if votes is not None and votes.any():
            parts["votes"] = weights.votes * votes
            total = total + parts["votes"]
        if len(self.related.source):
            parts["related"] = weights.related * neighbourhood(total, self.related, len(self))
            total = total + parts["related"]
        if not self._ours.all():
            total = total + weights.ours * self._ours
        has_base = self.base >= 0
        if has_base.any():
            best = np.full(len(self), -np.inf, np.float32)
            np.maximum.at(best, self.base[has_base], total[has_base])
            lift = weights.child * np.maximum(np.where(np.isfinite(best), best, 0) - np.maximum(total, 0), 0)
            parts["child"] = np.asarray(lift, np.float32)
            total = total + lift + weights.base * ~has_base
        return Ranking(np.asarray(total, np.float32), parts)


def standard(scores: Floats) -> Floats:
    """Standard deviations from the mean; zeros where all are equal."""
    spread = float(scores.std()) if len(scores) else 0.0
    return np.asarray((scores - scores.mean()) / spread, np.float32) if spread > 1e-9 else np.zeros_like(scores)


def neighbourhood(scores: Floats, links: Links, size: int) -> Floats:
    """For each entry the mean of the positive scores of its neighbours."""
    total, count = np.zeros(size, np.float32), np.zeros(size, np.float32)
    np.add.at(total, links.target, np.maximum(scores[links.source], 0))
    np.add.at(count, links.target, 1)
    return np.asarray(total / np.maximum(count, 1), np.float32)


def cast(first: Floats, links: Links, size: int, weights: Weights) -> Floats:
    """Votes by nearest neighbours: rows of other frameworks that answer the question vote for what they are mapped to.

    Args:
        first: scores of the source rows.
        links: published pairs from source rows to target rows.
        size: number of target rows.

    Returns:
        For each target the sum of its voters' weights over the greatest such sum, 0 to 1.
    """
    votes = np.zeros(size, np.float32)
    if not len(links.source):
        return votes
    mapped = np.zeros(len(first), np.bool_)
    mapped[links.source] = True
    order = np.flatnonzero(mapped)
    order = order[np.argsort(-first[order], kind="stable")][: weights.voters]
    weight = np.zeros(len(first), np.float32)
    weight[order] = np.exp(weights.heat * (first[order] - first[order[0]]))
    np.add.at(votes, links.target, weight[links.source])
    return votes / max(float(votes.max()), 1e-9)
