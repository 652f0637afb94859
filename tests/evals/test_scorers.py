"""Scoring and intervals, by hand-counted examples."""

import pytest

from evals.scorers import Counts, cluster_counts, group_counts, hit, pair_counts, total
from evals.stats import interval


def test_counts_and_their_rates() -> None:
    counts = pair_counts({"a", "b", "c"}, {"b", "c", "d", "e"}, {"e"})
    assert counts == Counts(tp=2, fp=1, fn=1)
    assert counts.precision == pytest.approx(2 / 3)
    assert counts.recall == pytest.approx(2 / 3)
    assert counts.f1 == pytest.approx(2 / 3)
    assert Counts().f1 == Counts().precision == Counts().recall == 0.0
    assert total([counts, Counts(1, 0, 0)]) == Counts(3, 1, 1)


def test_an_owner_counts_once_and_a_maybe_is_left_out() -> None:
    owner = {"a1": "A", "a2": "A", "b1": "B", "c1": "C"}
    assert group_counts({"a1", "a2", "b1", "c1"}, {"a1"}, {"c1"}, owner) == Counts(tp=1, fp=1, fn=0)
    assert group_counts(set(), {"a1", "a2"}, set(), owner) == Counts(fn=1)


def test_clusters_are_scored_by_pairs() -> None:
    labels = {"1": "x", "2": "x", "3": "x", "4": "y"}
    said = {"1": "p", "2": "p", "3": "q", "4": "q"}
    assert cluster_counts(labels, said, ["1", "2", "3", "4"]) == Counts(tp=1, fp=1, fn=2)


def test_a_hit_needs_the_answer_in_depth() -> None:
    assert hit(["a", "b"], {"b"}, 1) == 0
    assert hit(["a", "b"], {"b"}, 5) == 1
    assert hit([], {"b"}, 5) == 0


def test_the_interval_is_the_same_every_time_and_holds_the_score() -> None:
    units = [Counts(tp=1)] * 40 + [Counts(fp=1)] * 10

    def score(chosen: list[Counts]) -> float:
        return total(chosen).precision

    low, high = interval(units, score)
    assert (low, high) == interval(units, score)
    assert low < 0.8 < high
    assert high - low < 0.3
    assert interval([], score) == (0.0, 0.0)
    assert interval([Counts(tp=1)] * 5, score) == (1.0, 1.0)
