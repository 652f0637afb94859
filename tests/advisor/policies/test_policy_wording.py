"""A reworded clause says neither more nor less than the clause."""

from __future__ import annotations

import pytest

from advisor.policies.templates.library import load, topics
from advisor.policies.wording import fault_of
from knowledge.frameworks.catalogue import shipped
from knowledge.records.policy import PolicyClause


def _clause(text: str) -> PolicyClause:
    return PolicyClause(id="leavers", heading="Access", text=text)


WEAKER = [
    ("The service desk must remove access of leavers on the last working day.",
     "The service desk should remove access of leavers on the last working day.", "should"),
    ("Managers should review access rights of their teams every quarter.",
     "Managers must review access rights of their teams every quarter.", "must"),
    ("The security officer reviews access rights of suppliers each quarter.",
     "The security officer may review access rights of suppliers each quarter.", "may"),
    ("The service desk removes all privileged accounts of a leaver on the last day.",
     "The service desk removes all accounts of a leaver on the last day.", "privileged"),
    ("Suppliers sign in with a second factor on every system that we run.",
     "Employees sign in with a second factor on every system that we run.", "other people"),
    ("Removable media are encrypted unless the security officer has recorded an exception.",
     "Removable media are encrypted, as the security officer has recorded for our media.", "condition"),
    ("Removable media are encrypted before they leave the office.",
     "Removable media are encrypted before they leave the office, except where the owner objects.", "condition"),
    ("A new employee signs the rules before access is given.",
     "A new employee signs the rules before the first meeting.", "events"),
    ("A report reaches the authority within 3 working days of the decision.",
     "A report reaches the authority within 3 days of the decision.", "working time"),
    ("Passwords have at least 14 characters on every system.",
     "Passwords have at most 14 characters on every system.", "opposite"),
    ("The owner tests the restore of backups once a quarter.",
     "The owner tests the restore of backups once a year.", "how often"),
    ("The service desk opens the door to visitors of the office.",
     "Only the service desk opens the door to visitors of the office.", "only"),
]  # fmt: skip
SAME = [
    ("The service desk must remove access of leavers on the last working day.",
     "On the last working day, the service desk must remove access of leavers."),
    ("Removable media are encrypted unless the security officer has recorded an exception.",
     "Unless the security officer has recorded an exception, removable media are encrypted."),
    ("The owner tests the restore of backups once a quarter and records the result.",
     "Once a quarter the owner tests the restore of backups. The owner records the result."),
    ("Passwords have at least 14 characters on every system.",
     "On every system, passwords have a length of at least 14 characters."),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "why"), WEAKER, ids=[why for _, _, why in WEAKER])
def test_a_wording_that_says_more_or_less_is_dropped(before: str, after: str, why: str) -> None:
    found = fault_of(after, _clause(before), "", shipped())
    assert why in found, found
    assert "claim" not in found
    assert "cites" not in found


@pytest.mark.parametrize(("before", "after"), SAME)
def test_a_wording_that_says_the_same_stands(before: str, after: str) -> None:
    assert fault_of(after, _clause(before), "", shipped()) == ""


def test_no_clause_of_ours_is_at_fault_against_itself() -> None:
    seen = 0
    for topic in topics():
        for clause in (one for section in load(topic).sections for one in section.clauses):
            text = clause.text
            assert fault_of(text, PolicyClause(id="one", heading=clause.heading, text=text), "", shipped()) == "", text
            seen += 1
    assert seen > 50
