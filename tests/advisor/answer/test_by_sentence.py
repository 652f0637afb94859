"""A sentence answers when it is near enough and of the form that is asked for; everyday words are the field's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from advisor.answer.extract import MIN_SENTENCE, documents_answer
from advisor.answer.material import Material
from advisor.answer.questions import read_question
from advisor.grounding.entities import says_when
from advisor.grounding.words import LIGHT, concepts, in_field_words
from knowledge.frameworks.catalogue import shipped
from knowledge.records.search import Hit, Passage, Reason

SENTENCES = {
    "Backups are kept for 30 days.": 0.7,
    "The practice manager holds the key.": 0.6,
    "Laptops are encrypted with BitLocker.": 0.6,
    "The licence costs 900 EUR a year.": 0.6,
    "Three nurses work on each shift.": 0.6,
    "The plan was approved in 2024.": 0.6,
}


class Near:
    """A searcher that finds one passage and knows how near its sentences are."""

    def __init__(self, near: Mapping[str, float] = SENTENCES) -> None:
        self._near = near
        self._passage = Passage(
            id="doc:d-1:1:1", partition="client", kind="document", title="Plan", locator="section 1",
            text=" ".join(near), document_id="d-1",
        )  # fmt: skip

    def search(self, query: str, **_: Any) -> tuple[Hit, ...]:
        reason = Reason(ranker="dense", rank=1, score=0.5)
        return (Hit(passage=self._passage, rank=1, score=0.5, reasons=(reason,)),)

    def likeness(self, query: str, passages: Sequence[Passage]) -> Mapping[str, Mapping[str, float]]:
        return {self._passage.id: self._near}

    def describe(self) -> str:
        return "one document"

    def close(self) -> None:
        return None


def answered(question: str, near: Mapping[str, float] = SENTENCES) -> list[str]:
    read = read_question(question, catalogue=shipped())
    composed = documents_answer(Material(read, Near(near), shipped()))
    return [quote for draft in composed.drafts for _, quote in draft.quotes]


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("When is an invoice paid?", ""),
        ("How often do we look at the budget?", ""),
        ("How much is the invoice of our insurer?", "money"),
        ("What is the budget for training?", "money"),
        ("Who approves an invoice?", "who"),
    ],
)
def test_a_bill_as_the_subject_asks_for_no_amount(question: str, wants: str) -> None:
    assert read_question(question, catalogue=shipped()).wants == wants


@pytest.mark.parametrize("rhythm", ["each quarter", "every Monday", "every second week", "each night"])
def test_a_rhythm_in_words_says_when(rhythm: str) -> None:
    assert says_when(f"The logs are read {rhythm}.")
    assert not says_when("Every employee reads the logs of each server.")


@pytest.mark.parametrize(
    ("question", "only"),
    [
        ("How long do we keep our backups?", "Backups are kept for 30 days."),
        ("Who has our key?", "The practice manager holds the key."),
        ("Which encryption do we use?", "Laptops are encrypted with BitLocker."),
        ("How much do we pay for our licence?", "The licence costs 900 EUR a year."),
        ("How many nurses work on our shift?", "Three nurses work on each shift."),
        ("When was our plan approved?", "The plan was approved in 2024."),
    ],
)
def test_the_form_of_the_question_chooses(question: str, only: str) -> None:
    found = answered(question)
    assert only in found
    others = {"Backups are kept for 30 days.", "The practice manager holds the key."} - {only}
    if "How long" not in question:
        assert not others & set(found)


def test_a_sentence_that_is_too_far_is_no_answer() -> None:
    far = dict.fromkeys(SENTENCES, MIN_SENTENCE - 0.3)
    assert answered("Where do our unicorns sleep?", far) == []
    assert answered("Where do our unicorns sleep?", {**far, "Unicorns sleep in the stable.": MIN_SENTENCE}) == [
        "Unicorns sleep in the stable."
    ]


def test_everyday_words_are_put_in_the_frameworks_words() -> None:
    assert "media" in in_field_words("old hard drives")
    assert "breach" in in_field_words("data was leaked")
    assert in_field_words("access control") == "access control", "what they use stays"


def test_light_words_name_no_subject() -> None:
    weights = {concept.said: concept.weight for concept in concepts("hear about a quantum breach quickly")}
    assert weights["hear"] == LIGHT
    assert weights["quantum"] > 6
    assert weights["breach"] > LIGHT


@pytest.mark.parametrize(
    ("question", "frameworks"),
    [
        ("Which NIST control limits sign-in attempts?", ("nist-sp-800-53-r5",)),
        ("What does NIST say about phishing?", ("nist-csf-2.0", "nist-sp-800-53-r5", "nist-sp-800-171-r3")),
        ("Which ISO control is about cables?", ("iso-27001-2022",)),
        ("What does ISO 42001 say?", ()),
        ("What does NIST CSF 2.0 say about backups?", ("nist-csf-2.0",)),
    ],
)
def test_a_publisher_alone_means_what_is_here_of_it(question: str, frameworks: tuple[str, ...]) -> None:
    assert read_question(question, catalogue=shipped()).frameworks == frameworks


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which bank do we use?", "documents"),
        ("Do we scan attachments?", "documents"),
        ("Must we scan attachments?", "general"),
        ("How fast do we have to report a breach?", "general"),
        ("What does our policy say about drones?", "documents"),
    ],
)
def test_how_things_are_with_us_is_asked_of_our_documents(question: str, kind: str) -> None:
    assert read_question(question, catalogue=shipped()).kind == kind


def test_a_document_that_is_asked_for_as_a_whole_is_told() -> None:
    far = dict.fromkeys(SENTENCES, 0.2)
    read = read_question("What does our plan say?", catalogue=shipped(), document_titles=("Plan",))
    composed = documents_answer(Material(read, Near(far), shipped()))
    assert len(composed.drafts) == len(SENTENCES)
    other = read_question("What does our plan say about unicorns?", catalogue=shipped(), document_titles=("Plan",))
    assert not documents_answer(Material(other, Near(far), shipped())).drafts
