"""Questions that ask for a time: a figure where one is set, that none is set where none is, and nothing invented."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from advisor.answer.extract import NO_FIGURE
from advisor.answer.questions import read_question
from knowledge.frameworks.catalogue import shipped
from knowledge.records.answer import Answer

Ask = Callable[..., Answer]


@pytest.mark.parametrize(
    ("question", "requirement"),
    [
        ("How fast must flaws be remediated under NIST 800-53?", "SI-2"),
        ("How often does ISO 27001 want backups to be tested?", "A.8.13"),
    ],
)
def test_where_no_figure_is_set_that_is_said_beside_the_requirement(ask: Ask, question: str, requirement: str) -> None:
    answer = ask(question)
    assert not answer.abstained
    assert NO_FIGURE in answer.not_covered
    claims = [claim for claim in answer.claims if claim.supported]
    used = {citation.passage_id.rsplit(":", 1)[1] for claim in claims for citation in claim.citations}
    assert requirement in used
    for claim in claims:
        quoted = " ".join(citation.quote for citation in claim.citations)
        assert not re.search(r"\b\d+ (?:hours?|days?|weeks?|months?|years?)\b", quoted)


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("How long must audit logs be retained under the CIS Controls?", "90 days"),
        ("By when must a breach be notified to the authority under GDPR?", "72 hours"),
    ],
)
def test_a_figure_that_is_set_is_given(ask: Ask, question: str, figure: str) -> None:
    answer = ask(question)
    assert figure in " ".join(claim.text for claim in answer.claims if claim.supported)
    assert NO_FIGURE not in answer.not_covered


@pytest.mark.parametrize(
    "question",
    [
        "How often does ISO 27001 want the windows to be washed?",
        "How long is a lunch break?",
        "How soon will interest rates fall under DORA?",
        "How many employees must a security team have under CSF 2.0?",
    ],
)
def test_what_no_requirement_is_about_stays_unanswered(ask: Ask, question: str) -> None:
    assert ask(question).abstained


def test_whether_we_need_something_asks_for_a_rule_and_not_for_a_state() -> None:
    assert read_question("Do we need MFA for remote access?", catalogue=shipped()).kind == "general"
    assert read_question("Do we use MFA for remote access?", catalogue=shipped()).kind == "documents"
