"""Questions in the words of a working day find the requirements that speak of them, by words alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from advisor.grounding.words import concepts, stems
from knowledge.records.answer import Answer

Ask = Callable[..., Answer]


def cited(answer: Answer) -> set[str]:
    used = {c.passage_id for claim in answer.claims if claim.supported for c in claim.citations}
    return {hit.passage.requirement_id for hit in answer.hits if hit.passage.id in used}


@pytest.mark.parametrize(
    ("question", "framework", "wanted"),
    [
        ("Which requirements speak of private mail and WhatsApp?", "nist-sp-800-53-r5", "AC-20"),
        ("Which controls are about fake invoices?", "cis-controls-8.1", "14.2"),
        ("Which controls are about forgotten printouts?", "iso-27001-2022", "A.7.7"),
        ("Which controls are about ex-employees?", "iso-27001-2022", "A.5.18"),
        ("Which controls are about pen tests?", "nist-sp-800-53-r5", "CA-8"),
        ("What does NIS2 want from management?", "nis2-directive", "Art. 20(1)"),
    ],
)
def test_everyday_words_find_what_speaks_of_them(ask: Ask, question: str, framework: str, wanted: str) -> None:
    assert wanted in cited(ask(question, frameworks=(framework,)))


def test_a_register_of_disclosures_is_no_logging(ask: Ask) -> None:
    found = cited(ask("What does SOC 2 say on logging?"))
    assert "CC7.2" in found
    assert not {one for one in found if one.startswith("P")}


@pytest.mark.parametrize(
    ("said", "field"),
    [("ex-employee", "leaver"), ("thumb drive", "removable media"), ("pen test", "penetration test")],
)
def test_everyday_words_stand_for_those_of_the_field(said: str, field: str) -> None:
    assert any(concept.matches(frozenset(stems(field))) for concept in concepts(said))
