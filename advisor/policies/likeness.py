"""Which clause of one text speaks of what a clause of another speaks of: words weighed by how rare they are (pure)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.grounding.words import content
from knowledge.search.sentences import sentences

SAME_SUBJECT = 0.30
"""From here on two clauses speak of the same thing."""
SAID = 0.55
"""Share of a sentence's weight that another text must have for the sentence to be in it already."""


@dataclass(frozen=True)
class Weights:
    """How much each stem of a set of texts tells: those that stand everywhere tell little."""

    idf: dict[str, float]
    unknown: float

    def of(self, stems: Iterable[str]) -> float:
        """Summed weight of some stems."""
        return sum(self.idf.get(stem, self.unknown) for stem in stems)


def weigh(texts: Sequence[str]) -> Weights:
    """Weights from the texts that are held against each other."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(content(text)))
    total = max(1, len(texts))
    idf = {stem: math.log(1 + total / count) for stem, count in counts.items()}
    return Weights(idf, math.log(1 + total))


def likeness(left: str, right: str, weights: Weights) -> float:
    """0 to 1: the weight that two texts share against the mean of what they have."""
    a, b = frozenset(content(left)), frozenset(content(right))
    if not a or not b:
        return 0.0
    return weights.of(a & b) / math.sqrt(weights.of(a) * weights.of(b))


def said_in(sentence: str, text: str, weights: Weights) -> float:
    """0 to 1: the share of a sentence's weight that a text has."""
    wanted = frozenset(content(sentence))
    return weights.of(wanted & frozenset(content(text))) / weights.of(wanted) if wanted else 1.0


def unsaid(text: str, other: str, weights: Weights) -> tuple[str, ...]:
    """The sentences of a text that no sentence of the other says, in order."""
    theirs = tuple(sentences(other))
    return tuple(
        one for one in sentences(text) if max((said_in(one, there, weights) for there in theirs), default=0.0) < SAID
    )
