"""Pure scoring: pairs, clients, clusters and ranks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives of one item, or of many."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        """Share of the alerts that were right, 0 to 1; 0 where there was none."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of what was to be found that was found, 0 to 1; 0 where there was nothing."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2tp / (2tp + fp + fn)."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 0.0


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of many counts."""
    result = Counts()
    for one in counts:
        result += one
    return result


def pair_counts(found: Iterable[Hashable], wanted: Iterable[Hashable], unscored: Iterable[Hashable] = ()) -> Counts:
    """Counts for one item: what was found against what was wanted; `unscored` pairs count neither way."""
    skip = set(unscored)
    got, true = set(found) - skip, set(wanted) - skip
    return Counts(len(got & true), len(got - true), len(true - got))


def group_counts(
    found: Iterable[str],
    wanted: Iterable[str],
    unscored: Iterable[str],
    owner: Mapping[str, str],
) -> Counts:
    """Counts for one item by owner (client): an owner is found where any of its pairs is.

    An owner with an unscored pair and no wanted one is not scored.
    """
    skip = set(unscored)
    true = {owner[pair] for pair in set(wanted) - skip}
    maybe = {owner[pair] for pair in skip} - true
    got = {owner[pair] for pair in found}
    return Counts(len(got & true), len(got - true - maybe), len(true - got))


def cluster_counts(labels: Mapping[str, str], predicted: Mapping[str, str], names: Sequence[str]) -> Counts:
    """Counts over pairs of items: together in truth and prediction, only in the prediction, only in truth."""
    tp = fp = fn = 0
    for left, right in combinations(names, 2):
        true = labels[left] == labels[right]
        said = predicted[left] == predicted[right]
        tp += true and said
        fp += said and not true
        fn += true and not said
    return Counts(tp, fp, fn)


def hit(ranked: Sequence[str], wanted: Iterable[str], depth: int) -> int:
    """1 where one of the wanted answers is among the first `depth`, else 0."""
    return int(bool(set(ranked[:depth]) & set(wanted)))
