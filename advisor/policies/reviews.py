"""Reviews that are due: what our template has by now that the policy lacks, or that it may stay as it is."""

from __future__ import annotations

from datetime import datetime

from advisor.budget import client_day
from advisor.policies.draft import Wanted, draft_policy
from advisor.policies.find import base_version
from advisor.policies.templates.library import topics
from advisor.proposals import NOT_KEPT, keep_proposal
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.policy import Policy
from knowledge.records.proposal import Proposal, Trigger


def propose_reviews(places: Places, client_id: ClientId, now: datetime) -> tuple[Proposal, ...]:
    """One proposal for each policy whose review is due today or was: its changes, or that it stays as it is.

    Accepting one without changes records the review and moves the date on.

    Raises:
        NotFoundError: no such client.
    """
    profile = places.profile(client_id)
    today = client_day(now, profile.timezone)
    with places.client(client_id) as place, place.read() as unit:
        due = [one for one in unit.policies.list() if one.next_review_on and one.next_review_on <= today]
    found: list[Proposal] = []
    for policy in due:
        trigger = Trigger(
            kind="review date",
            ref=f"{policy.id}@{policy.next_review_on}",
            title=f"the review that is due since {policy.next_review_on}",
        )
        proposal = None
        if policy.topic in topics():
            proposal = draft_policy(places, client_id, Wanted(policy.topic, trigger=trigger), now).proposal
        found.append(proposal or _stays(places, client_id, policy, trigger, now))
    return tuple(found)


def _stays(places: Places, client_id: ClientId, policy: Policy, trigger: Trigger, now: datetime) -> Proposal:
    with places.client(client_id) as place:
        with place.read() as unit:
            base = base_version(unit, policy.id)
        proposal = Proposal(
            id=NOT_KEPT,
            policy_id=policy.id,
            policy_title=policy.title,
            topic=policy.topic,
            base=base.number,
            base_sha256=base.sha256,
            trigger=trigger,
            summary=f"{base.label} stays as it is: our template has nothing that it lacks",
            review_months=policy.review_months,
            created_at=now,
            created_by=place.actor,
        )
        return keep_proposal(place, proposal, now)
