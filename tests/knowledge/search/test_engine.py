"""The ranking over small collections whose right order is plain."""

from __future__ import annotations

import numpy as np

from knowledge.search.corpus import Corpus
from knowledge.search.engine import Collection, Question, Weights, cast, standard
from knowledge.search.entries import Entry, corpus_entries
from knowledge.search.layout import Links

ROWS = [
    {"id": "AA-1", "title": "Doors", "text": "Doors are locked at night.", "related": ["AA-3"]},
    {"id": "AA-1(1)", "title": "Doors | Alarm", "text": "An alarm rings when a door is forced.", "related": []},
    {"id": "AA-2", "title": "Backups", "text": "Backups are restored every quarter.", "related": []},
    {"id": "AA-3", "title": "Windows", "text": "Panes are checked.", "related": []},
]


def vectors(texts: object) -> np.ndarray:
    rows = np.zeros((len(list(texts)), 4), np.float32)  # type: ignore[call-overload]
    rows[:, 0] = 1
    return rows


def test_a_corpus_row_gives_fields_base_and_relations() -> None:
    entries = corpus_entries(ROWS)
    assert entries[1].base == "AA-1"
    assert entries[0].base == ""
    assert entries[0].related == ("AA-3",)
    assert dict(entries[0].texts) == {"title": "Doors", "statement": "Doors. Doors are locked at night."}


def test_words_rank_and_an_enhancement_lifts_its_base() -> None:
    collection = Collection(corpus_entries(ROWS))
    ranking = collection.rank(Question("alarm when forced"), Weights())
    order = [collection.entries[row].key for row in np.argsort(-ranking.total)]
    assert set(order[:2]) == {"AA-1", "AA-1(1)"}
    assert ranking.parts["child"][0] > 0
    flat = collection.rank(Question("alarm when forced"), Weights(child=0, base=0, related=0))
    assert flat.total[0] < flat.total[1]


def test_related_rows_share_a_little() -> None:
    collection = Collection(corpus_entries(ROWS))
    ranking = collection.rank(Question("doors locked"), Weights())
    assert ranking.parts["related"][3] > 0
    assert ranking.parts["related"][2] == 0


def test_sentence_vectors_join_later_and_count_by_field() -> None:
    collection = Collection(corpus_entries(ROWS))
    question = Question("panes of glass", np.array([0, 1, 0, 0], np.float32))
    assert "dense" not in collection.rank(question, Weights()).parts
    rows = np.zeros((len(collection.texts), 4), np.float32)
    for number, text in enumerate(collection.texts):
        rows[number, 1 if "Panes" in text else 0] = 1
    collection.attach(rows)
    ranking = collection.rank(question, Weights())
    assert int(np.argmax(ranking.total)) == 3
    assert ranking.parts["dense"][3] == 1


def test_rows_without_a_vector_are_judged_by_what_is_known() -> None:
    collection = Collection(corpus_entries(ROWS))
    rows = np.zeros((len(collection.texts), 4), np.float32)
    collection.attach(rows)
    assert "dense" not in collection.rank(Question("doors", rows[0]), Weights()).parts


def test_votes_follow_the_pairs_of_the_best_voters() -> None:
    first = np.array([3.0, 1.0, -1.0], np.float32)
    links = Links(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2]))
    votes = cast(first, links, 4, Weights(voters=2, heat=1.0))
    assert votes[1] == 1
    assert 0.8 < votes[0] < 1
    assert votes[2] == votes[3] == 0
    nothing = cast(first, Links(np.zeros(0, np.int64), np.zeros(0, np.int64)), 4, Weights())
    assert not nothing.any()


def test_standard_scores_of_equal_values_are_zero() -> None:
    assert not standard(np.full(5, 2.5, np.float32)).any()
    assert abs(float(standard(np.array([1, 2, 3], np.float32)).std()) - 1) < 1e-6


def test_a_foreign_corpus_leaves_out_the_tables_of_the_questions_own_framework() -> None:
    rows = [
        {"id": "AC-2", "title": "Account Management", "text": "x"},
        {"id": "IR-6", "title": "Reporting", "text": "y"},
    ]
    corpus = Corpus(rows, encode=vectors, encode_question=lambda _: vectors([""])[0], framework="nist-sp-800-53-r5")
    every = corpus.links()
    without = corpus.links({"nist-csf-2.0"})
    keys = {corpus.voters.entries[row].key for row in without.source}
    assert 0 < len(without.source) < len(every.source)
    assert keys
    assert not any("nist-csf-2.0" in key for key in keys)
    assert not any("nist-sp-800-53-r5" in entry.key for entry in corpus.voters.entries)
    assert corpus.search("account management", without)[0] == "AC-2"


def test_an_unknown_corpus_has_no_voters() -> None:
    corpus = Corpus(ROWS, encode=vectors, encode_question=lambda _: vectors([""])[0])
    assert not len(corpus.links().source)
    assert corpus.search("backups restored", corpus.links(), k=1) == ["AA-2"]


def test_entries_may_be_empty() -> None:
    assert len(Collection([]).rank(Question("x"), Weights()).total) == 0
    only = Collection([Entry("a", "", ())])
    assert only.rank(Question("x"), Weights()).total.shape == (1,)
