"""Everything that a printed policy shows: the version, its history and approvals, coverage, exceptions, signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from advisor.attestation.report import RequestStanding, standing_of
from advisor.budget import client_day
from advisor.policies.requirements import coverage_of
from advisor.policies.templates.interface import CoverageRow
from knowledge.errors import NotFoundError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.client import Client
from knowledge.records.policy import Approval, Policy, PolicyVersion
from knowledge.records.policy_exception import PolicyException
from knowledge.store.units import ClientUnit


@dataclass(frozen=True, slots=True)
class Dossier:
    """One version of one policy with what belongs to it."""

    client: Client
    policy: Policy
    version: PolicyVersion
    versions: tuple[PolicyVersion, ...]
    """All versions, newest first."""
    approvals: tuple[Approval, ...]
    """Of this version."""
    coverage: tuple[CoverageRow, ...]
    """Of the requirements that its clauses name, within the client's frameworks."""
    exceptions: tuple[PolicyException, ...]
    """Not closed."""
    sign_off: RequestStanding | None
    """Of the newest request for this version."""
    today: date


def read_dossier(
    unit: ClientUnit, client: Client, catalogue: Catalogue, policy: Policy, *, now: datetime, number: int | None = None
) -> Dossier:
    """A policy's version with what belongs to it.

    Args:
        unit: one transaction on the client's place.
        client: its profile; only frameworks in its scope are told of, all of them where it has none.
        catalogue: the client's packs.
        policy: which one.
        now: states are told as of now.
        number: the version; default the one in force, else the newest.

    Raises:
        NotFoundError: it has no version, or none of that number.
    """
    versions = unit.policies.versions(policy.id)
    if number is None:
        version = next((one for one in versions if one.status == "published"), versions[0] if versions else None)
    else:
        version = unit.policies.version(policy.id, number)
    if version is None:
        raise NotFoundError("has no version", subject=policy.title, hint="Draft one: vciso policy draft CLIENT")
    today = client_day(now, client.timezone)
    wanted = dict.fromkeys(ref for one in version.text.clauses for ref in (*one.requirements, *one.partly))
    scope = set(client.frameworks)
    kept = [ref for ref in wanted if not scope or ref.partition(":")[0] in scope]
    requests = [one for one in unit.sign_offs.list(closed=True, policy_id=policy.id) if one.version == version.number]
    return Dossier(
        client=client,
        policy=policy,
        version=version,
        versions=versions,
        approvals=unit.policy_reviews.approvals(policy.id, version.number),
        coverage=coverage_of(version.text, kept, catalogue),
        exceptions=unit.policy_exceptions.list(policy_id=policy.id),
        sign_off=standing_of(unit, requests[-1], today) if requests else None,
        today=today,
    )
