"""Hits of one partition: ids first, then published counterparts, then likeness, each with the reasons for its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.records.framework import CrosswalkMapping
from knowledge.records.search import PassageKind, Reason
from knowledge.search.bert import Floats
from knowledge.search.engine import Question, Weights, cast
from knowledge.search.layout import Ints
from knowledge.search.partition import BORROWED, Partition
from knowledge.search.question import Asked

NAMED_BONUS = 100.0
"""Added to the rows of a framework that the question names: they come before those of any other."""
DETAIL_WORDS = 6


@dataclass(frozen=True)
class Candidate:
    """A row of a partition on its way to become a hit."""

    row: int
    score: float
    relevance: float
    """0 to 1, comparable between partitions: half the cosine of its best text, half the share of the question's words
    (by how rare they are) that it has."""
    reasons: tuple[Reason, ...]
    suggested: bool
    pinned: bool
    """Named in the question, or its counterpart in a published table: not a matter of likeness."""


def rank(
    partition: Partition,
    asked: Asked,
    question: Question,
    *,
    depth: int,
    frameworks: Collection[str] = (),
    kinds: Collection[PassageKind] = (),
    weights: Weights | None = None,
) -> list[Candidate]:
    """The best rows of a partition, best first, a base requirement always before its enhancements."""
    if not len(partition.collection):
        return []
    chosen = weights or Weights()
    allowed = _allowed(partition, asked, frameworks, kinds)
    first = partition.collection.first(question, chosen)
    voting = np.where(partition.open, first[0], np.float32(-1e9)).astype(np.float32)
    votes = cast(voting, partition.links, len(partition.collection), chosen) if len(partition.links.source) else None
    ranking = partition.collection.rank(question, chosen, votes, first)
    total = ranking.total.copy()
    if asked.frameworks:
        named = [framework in asked.frameworks for framework in partition.frameworks]
        total += NAMED_BONUS * np.array(named, np.float32)
    official = dict(_official(partition, asked, frameworks))
    order: list[int] = [row for row in _named(partition, asked) if _of_kind(partition, row, frameworks, kinds)]
    pinned = set(order) | set(official)
    order += [row for row in official if row not in order and _of_kind(partition, row, frameworks, kinds)]
    likely = np.argsort(np.where(allowed, -total, np.inf), kind="stable")[: depth * 2]
    order += [int(row) for row in likely if allowed[row] and int(row) not in pinned and total[row] > -1e8]
    order = _bases_first(partition, order, frameworks, kinds)[:depth]
    parts = {name: (scores, _places(scores)) for name, scores in ranking.parts.items()}
    nothing = np.zeros(len(total), np.float32)
    likeness = ranking.parts.get("dense", ranking.parts.get("static", nothing))
    words = partition.collection.lexical.coverage(asked.search_text, order)
    paired = {partition.frameworks[row] for row in official}
    found = []
    for at, row in enumerate(order):
        reasons = tuple(_reasons(partition, asked, parts, official, row))
        relevance = 0.5 * float(np.clip(likeness[row], 0, 1)) + 0.5 * words[at]
        suggested = row not in pinned and _could_be_official(partition, asked, row, paired)
        found.append(Candidate(row, float(total[row]), relevance, reasons, suggested, row in pinned))
    return found


def _allowed(
    partition: Partition, asked: Asked, frameworks: Collection[str], kinds: Collection[PassageKind]
) -> NDArray[np.bool_]:
    allowed = partition.open.copy()
    wanted = set(frameworks) | (asked.frameworks & BORROWED)
    for row, framework in enumerate(partition.frameworks):
        if framework in wanted & BORROWED:
            allowed[row] = True
        if not _of_kind(partition, row, frameworks, kinds):
            allowed[row] = False
    return allowed


def _of_kind(partition: Partition, row: int, frameworks: Collection[str], kinds: Collection[PassageKind]) -> bool:
    kind = partition.kinds[row]
    if kinds and kind not in kinds:
        return False
    return not (frameworks and kind == "requirement" and partition.frameworks[row] not in frameworks)


def _named(partition: Partition, asked: Asked) -> list[int]:
    rows = [partition.row(framework, requirement) for framework, requirement in asked.named]
    return [row for row in rows if row is not None]


def _official(
    partition: Partition, asked: Asked, frameworks: Collection[str]
) -> Iterable[tuple[int, CrosswalkMapping]]:
    """Rows that a published table pairs with a named id, when the question asks for counterparts."""
    if not asked.mapping:
        return
    from knowledge.frameworks.crosswalk import related, tables

    sides = set(asked.frameworks) | set(frameworks)
    here = {framework for framework in partition.frameworks if framework}
    for framework, requirement in asked.named:
        for other in sorted((sides - {framework}) & here or (here - {framework} if not sides - {framework} else set())):
            if not tables(framework, other):
                continue
            for trail in related(framework, requirement, other, max_between=0).trails:
                row = partition.row(other, trail.to_id)
                if row is not None:
                    yield row, trail.steps[0]


def _could_be_official(partition: Partition, asked: Asked, row: int, paired: set[str]) -> bool:
    """Whether only likeness speaks for a row although a table of its framework and a named one exists."""
    framework = partition.frameworks[row]
    if not framework or not asked.mapping:
        return False
    from knowledge.frameworks.crosswalk import tables

    return framework in paired or any(one != framework and tables(one, framework) for one, _ in asked.named)


def _bases_first(
    partition: Partition, order: list[int], frameworks: Collection[str], kinds: Collection[PassageKind]
) -> list[int]:
    found: dict[int, None] = {}
    for row in order:
        base = int(partition.collection.base[row])
        if base >= 0 and _of_kind(partition, base, frameworks, kinds):
            found.setdefault(base)
        found.setdefault(row)
    return list(found)


def _places(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    places = np.empty(len(scores), np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return places


def _reasons(
    partition: Partition,
    asked: Asked,
    parts: Mapping[str, tuple[Floats, Ints]],
    official: dict[int, CrosswalkMapping],
    row: int,
) -> Iterable[Reason]:
    passage = partition.passages[row]
    if (passage.framework, passage.requirement_id) in asked.named:
        at = asked.named.index((passage.framework, passage.requirement_id)) + 1
        yield Reason(ranker="id", rank=at, score=1.0, detail=f"the question names {passage.requirement_id}")
    if row in official:
        pair = official[row]
        detail = f"{pair.from_id} {pair.relationship} {pair.to_id}: {pair.source}"
        yield Reason(ranker="crosswalk", rank=list(official).index(row) + 1, score=1.0, detail=detail)
    if passage.framework and passage.framework in asked.frameworks:
        yield Reason(ranker="framework", rank=1, score=1.0, detail="the question names its framework")
    for name, (scores, places) in parts.items():
        score = float(scores[row])
        if score <= 0:
            continue
        detail = DETAILS.get(name, "")
        if name == "lexical":
            detail = ", ".join(partition.collection.lexical.matched(asked.search_text, row)[:DETAIL_WORDS])
        yield Reason(ranker=RANKERS.get(name, name), rank=int(places[row]), score=round(score, 4), detail=detail)


RANKERS = {"votes": "neighbour", "child": "enhancement"}
DETAILS = {
    "dense": "likeness of meaning (sentence vectors)",
    "phrase": "its words stand there as in the question",
    "static": "likeness of words (token vectors)",
    "votes": "requirements of other frameworks that are mapped to it answer the question",
    "related": "requirements that its publisher calls related rank high",
    "child": "one of its enhancements ranks higher",
}
"""What each ranking says, for a person."""
