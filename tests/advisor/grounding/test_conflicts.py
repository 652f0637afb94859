"""Contradictions between documents are found; rules on different things are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from advisor.grounding.conflicts import find_conflicts
from advisor.grounding.words import concepts
from knowledge.records.search import Hit

MakeHit = Callable[..., Hit]

CONTRADICT = [
    ("What is the RTO of the portal?", "The RTO of the patient portal is 4 hours.",
     "The patient portal has a recovery time objective of eight hours."),
    ("How long must passwords be?", "Passwords have at least 12 characters.", "Passwords have at least 14 characters."),
    ("How often are access rights reviewed?", "Access rights are reviewed quarterly.",
     "Managers review access rights every year."),
    ("How long are logs kept?", "Firewall logs are kept for 90 days.", "Firewall logs are kept for one year."),
    ("May staff use USB sticks?", "Staff may use encrypted USB sticks for client data.",
     "Staff must not use USB sticks for client data, encrypted or plain."),
]  # fmt: skip
AGREE = [
    ("What is the RTO?", "The RTO of payroll is 8 hours.", "The RTO of the patient portal is 4 hours."),
    ("How fast are flaws fixed?", "Critical flaws are fixed within 7 days.", "High flaws are fixed within 30 days."),
    ("How long are logs kept?", "Firewall logs are kept for one year.", "Firewall logs are kept for 12 months."),
    (
        "How long must passwords be?",
        "Administrator passwords have 16 characters.",
        "Standard passwords have 12 characters.",
    ),
    (
        "What about backups and visitors?",
        "Backups run every 4 hours.",
        "Visitors sign in and wear a badge for 4 hours.",
    ),
    (
        "What do vendors have to do with patient data?",
        "No patient data goes to a vendor before a business associate agreement is signed.",
        "Vendors with patient data are reviewed every year.",
    ),
    (
        "When do vendors tell us something?",
        "A vendor tells the office within 24 hours.",
        "A vendor tells the office 30 days ahead.",
    ),
    ("How long are backups kept?", "Nightly backups are kept for 30 days.", "Monthly backups are kept for a year."),
]


@pytest.mark.parametrize(("question", "left", "right"), CONTRADICT)
def test_contradictions_name_both_places(make_hit: MakeHit, question: str, left: str, right: str) -> None:
    hits = [make_hit(left, name="a", title="Plan A"), make_hit(right, name="b", title="Plan B", locator="section 7")]
    found = find_conflicts(hits, concepts(question))
    assert len(found) == 1
    assert "Plan A, section 2" in found[0].text
    assert "Plan B, section 7" in found[0].text


@pytest.mark.parametrize(("question", "left", "right"), AGREE)
def test_rules_on_different_things_do_not_contradict(make_hit: MakeHit, question: str, left: str, right: str) -> None:
    hits = [make_hit(left, name="a"), make_hit(right, name="b")]
    assert find_conflicts(hits, concepts(question)) == ()


def test_what_the_answer_quotes_is_held_against_the_rest_with_fewer_words_of_the_question(make_hit: MakeHit) -> None:
    left, right = (
        "Critical updates on plant servers go in within 14 days.",
        "Critical updates on plant servers take 30 days.",
    )
    hits = [make_hit(left, name="a", title="Plan A"), make_hit(right, name="b", title="Plan B")]
    asked = concepts("How fast do we patch critical holes on plant servers?")
    assert find_conflicts(hits, asked) == ()
    assert len(find_conflicts(hits, asked, {left, right})) == 1


def test_a_rule_and_its_exception_are_told_as_such(make_hit: MakeHit) -> None:
    left = "Staff report anything unusual within one hour."
    right = "Staff report anything unusual within 24 hours when the office is closed over a holiday."
    hits = [make_hit(left, name="a"), make_hit(right, name="b")]
    (found,) = find_conflicts(hits, concepts("How fast do staff report something unusual?"))
    assert found.text.endswith("; one of them under a condition.")
