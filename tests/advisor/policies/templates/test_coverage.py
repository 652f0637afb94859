"""Met, partly met and missing requirements, with the clauses that say so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from advisor.policies.templates.coverage import coverage
from advisor.policies.templates.fill import fill
from advisor.policies.templates.interface import FilledClause, FilledPolicy, FilledSection
from advisor.policies.templates.library import load, topics
from knowledge.errors import NotFoundError
from knowledge.records.client import Client

NIST = "nist-sp-800-53-r5:"


def policy(topic: str, *clauses: FilledClause) -> FilledPolicy:
    section = FilledSection(number=1, heading="H", kind="policy", clauses=clauses)
    return FilledPolicy(
        topic=topic,
        title=topic.title(),
        template_version="1.0",
        purpose="",
        scope="",
        sections=(section,),
        review_months=12,
    )


def clause(number: str, *met: str, partly: tuple[str, ...] = (), name: str = "c") -> FilledClause:
    return FilledClause(id=name, number=number, heading="", text="", kind="policy", requirements=met, partly=partly)


def test_met_partly_missing() -> None:
    one = policy("t", clause("1.1", NIST + "AC-2"), clause("1.2", NIST + "AC-2", partly=(NIST + "AC-3",)))
    rows = coverage(one, [NIST + "AC-3", NIST + "AC-2", NIST + "AC-5"])
    assert [(row.state, row.clauses) for row in rows] == [
        ("partly", ("1.2",)),
        ("met", ("1.1", "1.2")),
        ("missing", ()),
    ]
    assert rows[1].label == "SP 800-53 r5 AC-2" and rows[1].title == "Account Management"
    assert "do not meet all of it" in rows[0].note


def test_a_row_above_is_met_when_all_under_it_are() -> None:
    under = ["nis2-directive:Art. 23(4)(d)(i)", "nis2-directive:Art. 23(4)(d)(ii)", "nis2-directive:Art. 23(4)(d)(iii)"]
    (row,) = coverage(policy("t", clause("1.1", *under)), ["nis2-directive:Art. 23"])
    assert row.state == "partly" and "No clause for" in row.note
    csf = [f"nist-csf-2.0:PR.AT-0{i}" for i in (1, 2)]
    (row,) = coverage(policy("t", clause("1.1", csf[0]), clause("1.2", csf[1])), ["nist-csf-2.0:PR.AT"])
    assert row.state == "met" and row.clauses == ("1.1", "1.2")
    (row,) = coverage(policy("t", clause("1.1", csf[0])), ["nist-csf-2.0:PR.AT"])
    assert row.state == "partly" and "PR.AT-02" in row.note


def test_texas_counts_what_meets_the_control() -> None:
    (row,) = coverage(policy("t", clause("1.1", NIST + "AC-2")), ["tx-ramp:AC-2"])
    assert row.state == "met"


def test_a_set_meets_together_what_none_meets_alone() -> None:
    client = Client(
        id="a",
        ref="c-000000000000",
        name="A",
        jurisdictions=("DE",),
        headcount=200,
        frameworks=("nis2-directive",),
        created_at=datetime(2026, 8, 7, tzinfo=UTC),
    )
    ref = "nis2-directive:Art. 21(2)(i)"
    filled = {topic: fill(load(topic), client) for topic in topics()}
    assert coverage(filled["access-control"], [ref])[0].state == "partly"
    (row,) = coverage(filled.values(), [ref])
    assert row.state == "met" and len(row.clauses) == 3
    assert any(number.startswith("HR Security Policy ") for number in row.clauses)
    (row,) = coverage([filled["access-control"], filled["hr-security"]], [ref])
    assert row.state == "partly"


@pytest.mark.parametrize("ref", [NIST + "AC-99", "no-such-framework:X"])
def test_an_id_that_is_not_in_the_catalogue_is_refused(ref: str) -> None:
    with pytest.raises(NotFoundError):
        coverage(policy("t"), [ref])
