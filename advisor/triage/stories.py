"""Groups items that tell one event: a shared CVE first, then what titles and names have in common within a few days."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from advisor.triage.lexicon import lexicon
from advisor.triage.masks import fold, mask_identifiers
from knowledge.records.triage import ItemRef, Story

WINDOW = timedelta(days=3)
"""Two items further apart are not linked directly; a story goes on as long as items keep coming."""
MANY = 3
"""An item that names more CVEs is a roundup: it is linked by none of them, only by its words."""
ALIKE = 0.25
"""Least cosine of two items' weighted words; chosen on real news pairs, see docs/guide/rules.md."""

_PRIOR = 5_000
"""As if so many other items stood beside: a name that fills one day's news (a burst) stays a telling word."""

_WORD = re.compile(r"[a-z][a-z0-9]*(?:[-'’.][a-z0-9]+)*|\d+(?:\.\d+)+")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class StoryItem:
    """What grouping needs to know of an item."""

    ref: ItemRef
    title: str
    at: datetime
    """When it was published, else first seen; aware."""
    summary: str = ""
    cve_ids: tuple[str, ...] = ()


def _terms(item: StoryItem) -> dict[str, float]:
    """Words of an item with how much each counts: names and the title more, the words of every such text less."""
    common = lexicon().common
    boilerplate = lexicon().lists["story_boilerplate"]
    weights: dict[str, float] = defaultdict(float)
    first = " ".join(_SENTENCES.split(mask_identifiers(item.summary)[:600])[:3])
    for text, factor in ((mask_identifiers(item.title), 2.0), (first, 1.0)):
        titled = sum(word[:1].isupper() for word in text.split()) > 0.6 * max(1, len(text.split()))
        folded = fold(text)
        for found in _WORD.finditer(folded):
            word = found.group().removesuffix("'s").removesuffix("’s")
            written = text[found.start()]
            if word in boilerplate or len(word) < 2:
                weight = 0.15
            elif word in common or (len(word) > 4 and word.removesuffix("s") in common):
                weight = 0.4 if titled or not written.isupper() else 0.7
            else:
                coined = any(char.isdigit() for char in word) or not text[found.start() + 1 : found.end()].islower()
                weight = 3.0 if coined and written.isupper() else 2.0 if written.isupper() else 1.0
            stem = word.removesuffix("s") if len(word) > 4 else word
            weights[stem] = max(weights[stem], weight * factor)
    return weights


def _vectors(items: Sequence[StoryItem]) -> list[dict[str, float]]:
    """One unit vector an item: weight times rarity among the items at hand."""
    terms = [_terms(item) for item in items]
    spread = Counter(term for weights in terms for term in weights)
    size = len(items) + _PRIOR
    vectors = []
    for weights in terms:
        vector = {term: weight * math.log(size / (0.5 + spread[term])) for term, weight in weights.items()}
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        vectors.append({term: value / length for term, value in vector.items()})
    return vectors


class _Groups:
    """Disjoint sets with the members of each."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))
        self.members: dict[int, list[int]] = {number: [number] for number in range(size)}

    def find(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def join(self, left: int, right: int) -> None:
        a, b = self.find(left), self.find(right)
        if a != b:
            a, b = min(a, b), max(a, b)
            self.parent[b] = a
            self.members[a] += self.members.pop(b)


def _link_by_cve(items: Sequence[StoryItem], groups: _Groups) -> None:
    by_cve: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        if item.ref.kind != "news" or len(item.cve_ids) <= MANY:
            for cve in item.cve_ids:
                by_cve[cve].append(number)
    for numbers in by_cve.values():
        # records and advisories have no news day: they join the latest news that names their CVE
        news = [number for number in numbers if items[number].ref.kind == "news"]
        for left, right in pairwise(news):
            if items[right].at - items[left].at <= WINDOW:
                groups.join(left, right)
        for number in numbers:
            if items[number].ref.kind != "news" and len(items[number].cve_ids) <= MANY:
                groups.join(number, news[-1] if news else numbers[0])


def _pairs_alike(items: Sequence[StoryItem], vectors: Sequence[dict[str, float]]) -> Iterable[tuple[float, int, int]]:
    """News pairs within the window that share words, with their cosine; work grows with shared telling words."""
    by_term: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, vector in enumerate(vectors):
        if items[number].ref.kind != "news":
            continue
        sums: dict[int, float] = defaultdict(float)
        for term, value in vector.items():
            kept = [pair for pair in by_term[term] if items[number].at - items[pair[0]].at <= WINDOW]
            by_term[term] = kept
            for other, theirs in kept:
                sums[other] += value * theirs
            kept.append((number, value))
        for other, cosine in sums.items():
            if cosine >= ALIKE:
                yield cosine, other, number


def group(items: Iterable[StoryItem]) -> list[Story]:
    """Groups items into stories, newest story first; each item is in exactly one.

    The same items give the same stories in any order. A story's id is made of its earliest item, so later items do
    not change it. Two groups are joined by words only where most of their members are alike, so that one roundup does
    not chain unrelated events.
    """
    ordered = sorted(items, key=lambda item: (item.at, item.ref.kind, item.ref.id))
    groups = _Groups(len(ordered))
    _link_by_cve(ordered, groups)
    vectors = _vectors(ordered)
    alike = {(left, right): cosine for cosine, left, right in _pairs_alike(ordered, vectors)}
    for (left, right), cosine in sorted(alike.items(), key=lambda row: (-row[1], row[0])):
        a, b = groups.members[groups.find(left)], groups.members[groups.find(right)]
        if a is b or _different(ordered[left], ordered[right]):
            continue
        near = [
            alike.get((min(i, j), max(i, j)), 0.0) for i in a for j in b if abs(ordered[i].at - ordered[j].at) <= WINDOW
        ]
        if cosine >= ALIKE and near and sum(near) / len(near) >= ALIKE / 2:
            groups.join(left, right)
    stories = [_story([ordered[number] for number in sorted(members)]) for members in groups.members.values()]
    return sorted(stories, key=lambda story: (story.last_at, story.id), reverse=True)


def _different(left: StoryItem, right: StoryItem) -> bool:
    """Two items that each name a few CVEs, none of them shared, tell two events however alike the words are."""
    if not left.cve_ids or not right.cve_ids or max(len(left.cve_ids), len(right.cve_ids)) > MANY:
        return False
    return not set(left.cve_ids) & set(right.cve_ids)


def _story(members: Sequence[StoryItem]) -> Story:
    seed = members[0]
    digest = hashlib.sha256(f"{seed.ref.kind}:{seed.ref.id}".encode()).hexdigest()[:12]
    news = [item for item in members if item.ref.kind == "news"] or list(members)
    few = [item for item in members if len(item.cve_ids) <= MANY] or list(members)
    titled = min(news, key=lambda item: (len(item.cve_ids) > MANY, item.at, item.ref.id))
    return Story(
        id=f"s-{digest}",
        title=titled.title,
        items=tuple(item.ref for item in members),
        cve_ids=tuple(sorted({cve for item in few for cve in item.cve_ids})),
        first_at=members[0].at,
        last_at=members[-1].at,
    )
