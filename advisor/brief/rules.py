"""How soon a verdict wants an answer and which label it carries: the triage rules, fed from the brief's look-ups."""

from __future__ import annotations

from datetime import date, timedelta

from advisor.brief.facts import BriefFacts
from advisor.triage.bod import DAYS
from advisor.triage.priority import clock_start, inputs_for, label, most_urgent, prioritise
from knowledge.records.asset import Criticality
from knowledge.records.base import CveId
from knowledge.records.triage import Label, Priority, Verdict


def priority_of(verdict: Verdict, facts: BriefFacts, *, first_seen_on: date) -> Priority | None:
    """The most urgent priority over the verdict's CVE ids; None where it has none.

    Args:
        verdict: on one subject; only an asset has an exposure, of a supplier's systems none is known.
        facts: look-ups. An empty catalogue counts as not read, so "not listed" is never claimed on its ground.
        first_seen_on: the day the story first reached this client; no count of days starts before it.
    """
    asset = facts.assets.get(verdict.match.subject_id) if verdict.match.subject_kind == "asset" else None

    def one(cve: CveId) -> Priority:
        record, entry = facts.vulnerabilities.get(cve), facts.kev.get(cve)
        published_on = record.published_at.date() if record and record.published_at else None
        return prioritise(
            inputs_for(
                entry, record.ssvc if record else None, asset.exposure if asset else "unknown", kev_read=bool(facts.kev)
            ),
            start=clock_start(entry, published_on, first_seen_on),
            kev=entry,
            epss=facts.epss.get(cve),
            cvss=record.cvss if record else (),
        )

    return most_urgent(one(cve) for cve in verdict.cve_ids)


def label_of(verdict: Verdict, priority: Priority | None, facts: BriefFacts, *, today: date) -> Label:
    """The label before the alert budget."""
    return label(verdict, priority, criticality=_criticality(verdict, facts), today=today)


def _criticality(verdict: Verdict, facts: BriefFacts) -> Criticality:
    match = verdict.match
    if match.subject_kind == "asset":
        asset = facts.assets.get(match.subject_id)
        return asset.criticality if asset else "unknown"
    party = facts.third_parties.get(match.subject_id) if match.subject_kind == "third-party" else None
    return party.criticality if party else "unknown"


def due_of(priority: Priority | None) -> date | None:
    """The day to hold to: the rule's, or CISA's own where it comes first and had not passed when the count began.

    A catalogue date that was over before the story reached the client is said beside the due date, it does not make
    the client late from the start. None where neither sets a day.
    """
    if priority is None or not priority.timelines:
        return None
    days = DAYS[priority.timelines[0]]
    if priority.due_on is None or days is None:
        return priority.kev_due_on
    start = priority.due_on - timedelta(days=days)
    if priority.kev_due_on is not None and priority.kev_due_on >= start:
        return min(priority.due_on, priority.kev_due_on)
    return priority.due_on
