"""Ids as people type them in questions."""

from __future__ import annotations

import pytest

from knowledge.frameworks.asked import find_asked
from knowledge.frameworks.ids import Ambiguous, Known, Unknown


def _labels(text: str, **options: object) -> list[str]:
    found = find_asked(text, alone=lambda rest: rest.strip(" ?") in {"", "what is"}, **options)  # type: ignore[arg-type]
    return [one.result.match.label for one in found if isinstance(one.result, Known)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("what does AC 2 want", "SP 800-53 r5 AC-2"),
        ("AC2 and nothing else", "SP 800-53 r5 AC-2"),
        ("is AC\u20132 met", "SP 800-53 r5 AC-2"),
        ("what is ac2", "SP 800-53 r5 AC-2"),
        ("explain PR-AA-01", "CSF 2.0 PR.AA-01"),
        ("explain gv.sc.07 please", "CSF 2.0 GV.SC-07"),
        ("what is CC 6.1 about", "SOC 2 CC6.1"),
        ("list CC6", "SOC 2 CC6"),
        ("what is cis 5 about", "CIS Controls 5"),
        ("GDPR 33(1) in short", "GDPR Art. 33(1)"),
        ("what does NIS2 21 want", "NIS2 Art. 21"),
        ("PCI requirement 8", "PCI DSS 4.0.1 8"),
        ("ISO 8.13", "ISO 27001 A.8.13"),
        ("compare A 8.13 with it", "ISO 27001 A.8.13"),
        ("ISO 27001 8.13", "ISO 27001 A.8.13"),
        ("what is 8.3.6?", "PCI DSS 4.0.1 8.3.6"),
        ("what is a5.1", "ISO 27001 A.5.1"),
        ("ISO 27001 clause 5.1", "ISO 27001 5.1"),
    ],
)
def test_hasty_spellings_are_known(text: str, label: str) -> None:
    assert _labels(text) == [label]


@pytest.mark.parametrize(
    "text",
    [
        "we use OpenSSL 3.1.1 here",
        "the 5.1 release of the app",
        "GDPR 72 hours",
        "report under NIS2 within 24 hours",
        "id card 5",
        "is CIS 8 out",
        "score of 9.8",
        "AC 20%",
    ],
)
def test_figures_and_versions_are_no_ids(text: str) -> None:
    assert find_asked(text, alone=lambda rest: False) == ()


def test_a_clause_and_a_control_of_one_number_are_both_offered() -> None:
    (found,) = find_asked("what is ISO 5.1")
    assert isinstance(found.result, Ambiguous)
    assert [match.requirement.id for match in found.result.matches] == ["5.1", "A.5.1"]


def test_the_framework_that_the_client_works_under_is_meant() -> None:
    (found,) = find_asked("what does Art. 32 want")
    assert isinstance(found.result, Ambiguous)
    assert _labels("what does Art. 32 want", scope=("gdpr-security", "nist-csf-2.0")) == ["GDPR Art. 32"]


def test_an_article_that_is_not_there_is_unknown() -> None:
    (found,) = find_asked("what does GDPR 99(1) say")
    assert isinstance(found.result, Unknown)


def test_the_longer_spelling_wins() -> None:
    assert _labels("GV.SC.07") == ["CSF 2.0 GV.SC-07"]
