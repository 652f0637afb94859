"""The demo's policies: the clinic's own Word file taken in, drafts of ours begun, and a framework in a new version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from advisor import proposals
from advisor.policies.adopt import adopt_document
from advisor.policies.draft import Wanted, draft_policy
from advisor.policies.framework_change import propose_for_framework
from ingest.documents.service import add_document, read_document
from ingest.frameworks.service import read_framework
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from ui.demo.plan import DemoClient, DemoFramework
from ui.demo.policy_file import policy_docx


def take_in_policies(places: Places, client: DemoClient) -> int:
    """Adds a client's Word files and keeps them as its policies in force; begins its drafts; what is there stays.

    Returns:
        How many policies were begun.
    """
    at = client.taken_on_at
    profile = places.profile(client.id)
    with places.client(client.id) as place, place.read() as unit:
        there = {policy.topic for policy in unit.policies.list(retired=True)}
    begun = 0
    for one in client.policies:
        if one.topic in there:
            continue
        data = policy_docx(one.text, at)
        with places.client(client.id) as place:
            document = add_document(place, read_document(data, name=one.file_name), at).document
        proposal = adopt_document(places, client.id, document, one.topic, at, owner=one.owner)
        begun += _accepted(places, profile, proposal.id, at)
    for topic in client.drafts:
        if topic not in there:
            drafted = draft_policy(places, client.id, Wanted(topic), at)
            assert drafted.proposal is not None  # the client has no policy on it
            begun += _accepted(places, profile, drafted.proposal.id, at)
    return begun


def bring_in_frameworks(places: Places, client: DemoClient, data: Path, now: datetime) -> int:
    """Imports the versions of a client's own framework and proposes what the last one adds.

    Returns:
        How many frameworks were new.
    """
    new = 0
    for one in client.framework_versions:
        with places.client(client.id) as place:
            new += _import(place, data, one, client.taken_on_at)
    for before, after in zip(client.framework_versions, client.framework_versions[1:], strict=False):
        propose_for_framework(places, client.id, after.id, now, since=before.id)
    return new


def _accepted(places: Places, profile: Client, proposal_id: str, at: datetime) -> int:
    with places.client(profile.id) as place:
        proposals.accept(place, proposal_id, at, profile)
    return 1


def _import(place: ClientPlace, data: Path, one: DemoFramework, at: datetime) -> int:
    with place.read() as unit:
        if any(head.id == one.id for head in unit.frameworks.list()):
            return 0
    found = read_framework(data / one.file, at, framework_id=one.id, title=one.title)
    with place.write() as unit:
        unit.frameworks.put(found.framework, found.requirements)
        unit.audit.append(
            at,
            "framework.import",
            found.framework.id,
            sha256=found.framework.sha256,
            requirements=found.report.requirements,
            extends=found.framework.extends,
        )
    return 1
