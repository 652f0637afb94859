"""A claim may say neither more nor less than the sentence it cites; a fair paraphrase may stand."""

from __future__ import annotations

import pytest

from advisor.grounding.strength import overstatement


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("Managers must review access lists.", "Managers should review access lists."),
        ("Managers should review access lists.", "Managers must review access lists."),
        ("Teams may encrypt exports.", "Teams must encrypt exports."),
        ("Teams must use the shared mailbox.", "Teams may use the shared mailbox."),
        ("Teams use the shared mailbox.", "Teams may use the shared mailbox."),
        ("Owners test the restore plan.", "Owners should test the restore plan."),
        ("Key rotation is required for tokens.", "Key rotation is recommended for tokens."),
        ("Guests can enter without a badge.", "Guests may not enter without a badge."),
        ("All suppliers are audited.", "Important suppliers are audited."),
        ("Suppliers are audited.", "Some suppliers are audited."),
        ("Accounts are reviewed each quarter.", "Privileged accounts are reviewed each quarter."),
        ("Every door has an alarm.", "The rear door has an alarm."),
        ("Staff sign the secrecy form.", "Contractors sign the secrecy form."),
        ("Customers receive a report of outages.", "Suppliers receive a report of outages."),
        ("Only the treasurer approves payments.", "The treasurer approves payments."),
        ("Disks are encrypted.", "Disks are encrypted where feasible."),
        ("Logs are sent to the collector.", "Logs are sent to the collector unless the site is offline."),
        ("Mobile phones are wiped.", "Mobile phones are wiped if they hold patient data."),
        ("Changes are approved by the board.", "Changes are approved by the board, except emergency fixes."),
        ("Visitors enter the plant.", "Visitors enter the plant only with an escort."),
        ("The tool is used after the course.", "The tool is used after the signature."),
        (
            "Badges are returned within 2 days of dismissal.",
            "Badges are returned within 2 days of the written request.",
        ),
        ("Build 3.2.1 is exposed.", "Builds before 3.2.1 are exposed."),
        ("Builds after 3.2.1 are exposed.", "Builds before 3.2.1 are exposed."),
        ("Codes have at most 8 characters.", "Codes have at least 8 characters."),
        ("Notice is given after 5 days.", "Notice is given within 5 days."),
        ("Faults are fixed within 24 hours.", "Faults are fixed within 24 working hours."),
        ("Faults are fixed within 3 business days.", "Faults are fixed within 3 days."),
        ("The list is checked monthly.", "The list is checked every quarter."),
        ("The list is checked twice a year.", "The list is checked annually."),
    ],
)
def test_what_says_more_or_less_than_its_source_is_told(claim: str, cited: str) -> None:
    assert overstatement(claim, [cited])


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("Access lists have to be reviewed by managers.", "Managers must review access lists."),
        ("It is recommended that managers review access lists.", "Managers should review access lists."),
        ("Managers are advised to review access lists.", "Managers should review access lists."),
        ("Teams are permitted to use the shared mailbox.", "Teams may use the shared mailbox."),
        ("Teams encrypt exports.", "Teams must encrypt exports."),
        ("Suppliers are audited.", "All suppliers are audited."),
        ("Important suppliers get an audit.", "Important suppliers are audited."),
        ("Employees lock their screens.", "Staff lock their screens."),
        ("Staff wear badges.", "Everybody wears badges, contractors included."),
        ("Disks are encrypted if that is feasible.", "Disks are encrypted where feasible."),
        ("Phones holding patient data are wiped.", "Mobile phones are wiped if they hold patient data."),
        ("Entering the plant needs an escort.", "Visitors enter the plant only with an escort."),
        ("Entry is given only with a badge.", "Entry requires a badge."),
        ("Badges are returned within 2 days of a written request.", "Badges come back within 2 days of the request."),
        ("Codes have a minimum of 8 characters.", "Codes have at least 8 characters."),
        ("Notice is given no later than 5 days.", "Notice is given within 5 days."),
        ("Codes have 8 or more characters.", "Codes have at least 8 characters."),
        ("Faults are fixed within 3 business days.", "Faults are fixed in 3 working days."),
        ("The list is checked twice a year.", "The list is checked every six months."),
        ("The list is checked daily.", "The list is checked each night."),
        ("The plan was tested in May 2026.", "In May 2026 the plan was tested."),
        ("Our policy says: Disks are encrypted where feasible.", "Disks are encrypted where feasible."),
    ],
)
def test_a_fair_paraphrase_stands(claim: str, cited: str) -> None:
    assert overstatement(claim, [cited]) == ""


def test_a_condition_of_another_sentence_binds_nothing() -> None:
    evidence = ["Disks are encrypted on each laptop.", "Phones are wiped if they are lost."]
    assert overstatement("Laptop disks are encrypted.", evidence) == ""


def test_the_reason_names_the_condition() -> None:
    assert "unless" in overstatement("Logs are sent on.", ["Logs are sent on unless the site is offline."])
