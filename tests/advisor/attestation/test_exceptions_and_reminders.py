"""Exceptions end on their day, and what waits stands in the brief, the same lines on the same day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from advisor.attestation.requests import request_sign_off
from advisor.morning import run_morning
from advisor.policies.exceptions import add_exception, close_exception, renew_exception, standing
from advisor.policies.reminders import reminders
from advisor.policies.soa import decide, find_row, statement_of_applicability
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.frameworks.catalogue import shipped
from knowledge.places import ClientPlace, Places
from knowledge.records.attestation import AudienceMember
from knowledge.records.client import Client
from knowledge.records.policy import PolicyVersion
from knowledge.records.policy_exception import PolicyException
from knowledge.records.proposal import Proposal, Trigger
from ui.render.html import brief_html
from ui.render.markdown import brief_markdown

UNTIL = date(2026, 8, 20)
WORDS = {
    "what": "Badges are collected within a week",
    "reason": "Old badge system",
    "compensating": "The door log is read daily",
    "owner": "Dana Whitfield",
}


def grant(place: ClientPlace, client: Client, now: datetime, until: date = UNTIL, **other: str) -> PolicyException:
    return add_exception(place, client, "access-control", until=until, now=now, clause="4.6", **(WORDS | other))


def test_an_exception_ends_on_its_day(
    place: ClientPlace, client: Client, version: PolicyVersion, now: datetime
) -> None:
    made = grant(place, client, now)
    assert made.requirements == ("iso-27001-2022:A.5.18", "nist-csf-2.0:PR.AA-01", "iso-27001-2022:A.6.5")
    days = [UNTIL - timedelta(days=15), UNTIL - timedelta(days=14), UNTIL, UNTIL + timedelta(days=1)]
    assert [standing(made, day) for day in days] == ["in force", "expires soon", "expires soon", "expired"]
    longer = renew_exception(place, client, made.id, until=date(2026, 12, 1), reason="parts are late", now=now)
    assert [term.until for term in longer.terms] == [UNTIL, date(2026, 12, 1)]
    with pytest.raises(UsageError, match="not later"):
        renew_exception(place, client, made.id, until=UNTIL, reason="again", now=now)
    close_exception(place, made.id, reason="new badges", now=now)
    with pytest.raises(ConflictError, match="closed"):
        renew_exception(place, client, made.id, until=date(2027, 1, 1), reason="again", now=now)
    with place.read() as unit:
        assert [row.action for row in unit.audit.rows(last=3)] == [
            "exception.add",
            "exception.renew",
            "exception.close",
        ]


def test_an_exception_needs_its_words_a_term_and_a_clause_that_is_there(
    place: ClientPlace, client: Client, version: PolicyVersion, now: datetime
) -> None:
    for name in WORDS:
        with pytest.raises(UsageError, match=f"needs its {name}"):
            grant(place, client, now, **{name: " - "})
    with pytest.raises(UsageError, match="over already"):
        grant(place, client, now, until=date(2026, 8, 1))
    with pytest.raises(UsageError, match="more than a year ahead"):
        grant(place, client, now, until=date(2028, 1, 1))
    with pytest.raises(NotFoundError, match="no such clause"):
        add_exception(place, client, "access-control", until=UNTIL, now=now, clause="9.9", **WORDS)


def test_what_waits_is_told_in_order(place: ClientPlace, client: Client, version: PolicyVersion, now: datetime) -> None:
    person = AudienceMember(name="Dana Whitfield", email="dana@northgate.example")
    request_sign_off(place, client, "access-control", [person], due_on=date(2026, 8, 10), now=now)
    first = grant(place, client, now, until=date(2026, 8, 9))
    grant(place, client, now, until=UNTIL)
    with place.write() as unit:
        policy = unit.policies.get("access-control")
        unit.policies.put(policy.model_copy(update={"next_review_on": date(2026, 8, 11), "owner": "Dana"}))
        trigger = Trigger(kind="manual")
        for number in (1, 2):
            unit.proposals.add(
                Proposal(
                    id=f"P-{number}",
                    policy_id="access-control",
                    policy_title="Access Control Policy",
                    topic="access-control",
                    trigger=trigger,
                    summary="Adds a duty.",
                    created_at=now,
                    created_by="tester",
                )
            )
    with place.read() as unit:
        later = reminders(unit, date(2026, 8, 12))
        early = reminders(unit, date(2026, 8, 7))
    assert [one.kind for one in later] == [
        "exception-expired",
        "review-overdue",
        "sign-off-overdue",
        "exception-expiring",
        "proposal-waiting",
    ]
    assert later[0].ref == first.id
    assert later[1].text == "Its review (Dana) was due on 11 August 2026, 1 day ago."
    assert later[2].text == "1 of 1 asked has not signed version 1; it was due on 10 August 2026."
    assert later[4].text == "Proposals P-1, P-2 wait for your word."
    assert [one.kind for one in early] == ["exception-expiring", "exception-expiring", "review-due", "proposal-waiting"]


def test_the_brief_has_a_section_and_the_same_day_says_the_same(
    places: Places, place: ClientPlace, client: Client, version: PolicyVersion, now: datetime
) -> None:
    grant(place, client, now, what="<b>Badges</b> are @late [x](http://evil.example)")
    first = run_morning(places, now=now)
    second = run_morning(places, now=now + timedelta(hours=2))
    assert second.unchanged == {"northgate"}
    brief = first.briefs[0]
    assert [one.kind for one in brief.reminders] == ["exception-expiring"]
    markdown, html = brief_markdown(brief), brief_html(brief)
    assert "## Policies (1)" in markdown
    assert "Policies (1)" in html
    assert "<b>Badges" not in html
    assert "](http://evil" not in markdown
    close_exception(place, brief.reminders[0].ref, reason="done", now=now)
    third = run_morning(places, now=now + timedelta(hours=3))
    assert third.briefs[0].reminders == ()
    assert "Policies (" not in brief_markdown(third.briefs[0])


def test_the_statement_has_every_control_and_counts_what_cannot_be_evaluated(
    place: ClientPlace, client: Client, version: PolicyVersion, now: datetime
) -> None:
    with place.read() as unit:
        before = statement_of_applicability(unit, client, shipped(), date(2026, 8, 7))
    assert len(before.rows) == 93
    assert [row.control_id for row in before.rows][:1] == ["A.5.1"]
    assert find_row(before, "a.5.18").status == "in force"
    assert find_row(before, "5.18").references == ("Access Control Policy v1, 4.6",)
    assert "CSF 2.0 PR.AA-01" in find_row(before, "A.5.18").justification
    assert find_row(before, "A.6.5").status == "in force in part"
    assert before.count("cannot evaluate") == 91
    assert before.undecided == 93
    assert all(row.applicable for row in before.rows)
    decide(
        place,
        shipped(),
        "A.7.4",
        applicable=False,
        justification="No premises of its own: all work from home.",
        now=now,
    )
    grant(place, client, now)
    with place.read() as unit:
        after = statement_of_applicability(unit, client, shipped(), date(2026, 8, 7))
    row = find_row(after, "A.7.4")
    assert (row.applicable, row.status, row.decided_by) == (False, "not applicable", "tester")
    assert row.justification == "No premises of its own: all work from home."
    assert find_row(after, "A.5.18").status == "in force in part"
    assert "The door log is read daily" in find_row(after, "A.5.18").exceptions[0]
    assert "91" not in after.sentence
    assert "90 cannot be evaluated" in after.sentence
    decide(place, shipped(), "A.7.4", applicable=True, justification="An office was rented in August.", now=now)
    with place.read() as unit:
        assert find_row(statement_of_applicability(unit, client, shipped(), date(2026, 8, 7)), "A.7.4").applicable
        assert len(unit.soa_decisions.history("iso-27001-2022")) == 2


def test_an_exclusion_needs_a_persons_words_and_a_real_control(
    place: ClientPlace, client: Client, now: datetime
) -> None:
    with pytest.raises(UsageError, match="reason in words"):
        decide(place, shipped(), "A.7.4", applicable=False, justification="n/a", now=now)
    with pytest.raises(NotFoundError):
        decide(place, shipped(), "A.99.1", applicable=False, justification="There is none of that.", now=now)
    with pytest.raises(UsageError, match="no control of Annex A"):
        decide(place, shipped(), "4.1", applicable=False, justification="A clause cannot be excluded.", now=now)
