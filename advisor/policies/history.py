"""What happened to a policy: versions, decisions, comments and proposals in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from knowledge.places import ClientPlace
from knowledge.records.policy import PolicyVersion


@dataclass(frozen=True)
class Event:
    """One thing that somebody did."""

    at: datetime
    actor: str
    what: str
    detail: str = ""


def history(place: ClientPlace, policy_id: str) -> tuple[Event, ...]:
    """Everything that is kept on a policy, oldest first.

    Raises:
        NotFoundError: no such policy.
    """
    with place.read() as unit:
        unit.policies.get(policy_id)
        events = [event for version in unit.policies.versions(policy_id) for event in _of_version(version)]
        for decision in unit.policy_reviews.approvals(policy_id):
            if decision.decision == "changes requested":
                what = f"version {decision.version}: changes requested"
                events.append(Event(decision.at, decision.approver, what, decision.comment))
        for comment in unit.policy_reviews.comments(policy_id):
            where = f" on {comment.clause}" if comment.clause else ""
            events.append(Event(comment.at, comment.author, f"version {comment.version}: comment{where}", comment.text))
        for kept in unit.policy_reviews.kept_texts(policy_id):
            what = f"version {kept.version}: a text that came second was kept ({kept.id})"
            events.append(Event(kept.at, kept.author, what))
        for proposal in unit.proposals.list(decided=True, policy_id=policy_id):
            events.append(Event(proposal.created_at, proposal.created_by, f"{proposal.id} proposed", proposal.summary))
            if proposal.decided_at is not None:
                what = f"{proposal.id} {proposal.status}"
                events.append(Event(proposal.decided_at, proposal.reviewer, what, proposal.decision_reason))
    return tuple(sorted(events, key=lambda one: one.at))


def _of_version(version: PolicyVersion) -> list[Event]:
    name = f"version {version.number}"
    events = [Event(version.created_at, version.created_by, f"{name} begun", " ".join(version.changes))]
    if version.submitted_at is not None:
        events.append(Event(version.submitted_at, version.submitted_by, f"{name} submitted for review"))
    if version.approved_at is not None:
        again = "staff sign again" if version.material else "no new signatures"
        detail = f"{again}{f': {version.material_reason}' if version.material_reason else ''}"
        events.append(Event(version.approved_at, version.approved_by, f"{name} approved", detail))
    if version.published_at is not None:
        events.append(Event(version.published_at, version.published_by, f"{name} published", version.sha256[:12]))
    if version.retired_at is not None:
        events.append(Event(version.retired_at, version.retired_by, f"{name} retired"))
    return events
