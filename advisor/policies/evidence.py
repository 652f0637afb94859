"""What proves a requirement: versions in force, approvals, signatures, exceptions and what a person added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from advisor.attestation.report import standing_of
from advisor.policies.exceptions import standing, target
from knowledge.frameworks.catalogue import Catalogue
from knowledge.frameworks.catalogue import key as id_key
from knowledge.records.base import Record
from knowledge.records.policy import EvidenceKind, PolicyVersion
from knowledge.store.units import ClientUnit


class EvidenceLine(Record):
    """One thing that an auditor can be shown."""

    kind: EvidenceKind
    title: str
    """What it is, with version, clause or count."""
    on: date
    by: str
    ref: str
    """Id to open it by."""
    sha256: str = ""
    """Of the policy version's text or the file."""


class RequirementEvidence(Record):
    """One requirement and its evidence."""

    requirement: str
    """`FRAMEWORK:ID`."""
    label: str
    title: str
    clauses: tuple[str, ...]
    """`Access Control Policy v3, 4.6`; `(in part)` where it only serves the requirement."""
    wanted: tuple[str, ...]
    """Records that the clauses themselves name as their proof."""
    lines: tuple[EvidenceLine, ...]


def evidence_for(
    unit: ClientUnit, catalogue: Catalogue, wanted: Sequence[str], frameworks: Sequence[str], today: date
) -> tuple[RequirementEvidence, ...]:
    """Evidence by requirement, in the order of the packs.

    Args:
        unit: one transaction on the client's place.
        catalogue: the client's packs.
        wanted: `FRAMEWORK:ID`; empty: every requirement of `frameworks` that a version in force or a piece of
            evidence names.
        frameworks: ids of the frameworks to list where nothing is `wanted`.
        today: the client's day.
    """
    versions = [one for one in (unit.policies.published(p.id) for p in unit.policies.list()) if one is not None]
    recorded = unit.evidence.list()
    named = {ref for version in versions for ref in _refs(version)} | {r for one in recorded for r in one.requirements}
    listed = list(wanted) or [ref for ref in named if ref.partition(":")[0] in frameworks]
    common = {version.policy_id: _of_version(unit, version, today) for version in versions}
    exceptions = unit.policy_exceptions.list(closed=True)
    found = []
    for ref in sorted(dict.fromkeys(listed), key=lambda one: _order(one, catalogue)):
        framework, _, requirement_id = ref.partition(":")
        row = catalogue.rows(framework).get(id_key(requirement_id))
        head = catalogue.pack(framework).framework
        lines: list[EvidenceLine] = []
        clauses: list[str] = []
        records: list[str] = []
        for version in versions:
            mine = [one for one in version.text.clauses if ref in one.requirements or ref in one.partly]
            for clause in mine:
                part = "" if ref in clause.requirements else " (in part)"
                clauses.append(f"{version.label}, {clause.number or clause.heading}{part}")
                records += [clause.evidence] if clause.evidence else []
            lines += common[version.policy_id] if mine else ()
        lines += [
            EvidenceLine(
                kind="exception",
                title=f"{target(one)}: {one.what} ({standing(one, today)}; instead: {one.compensating})",
                on=one.terms[-1].at.date(),
                by=one.terms[-1].actor,
                ref=one.id,
            )
            for one in exceptions
            if ref in one.requirements
        ]
        lines += [
            EvidenceLine(
                kind=one.kind,
                title=one.title,
                on=one.recorded_at.date(),
                by=one.recorded_by,
                ref=one.id,
                sha256=one.sha256,
            )
            for one in recorded
            if ref in one.requirements and one.kind in ("file", "link", "statement")
        ]
        found.append(
            RequirementEvidence(
                requirement=ref,
                label=f"{head.short} {row.id if row else requirement_id}",
                title=row.title if row else "",
                clauses=tuple(clauses),
                wanted=tuple(dict.fromkeys(records)),
                lines=tuple(lines),
            )
        )
    return tuple(found)


def _refs(version: PolicyVersion) -> Iterable[str]:
    return (ref for clause in version.text.clauses for ref in (*clause.requirements, *clause.partly))


def _of_version(unit: ClientUnit, version: PolicyVersion, today: date) -> list[EvidenceLine]:
    """The version in force, its approvals and its signatures."""
    assert version.published_at is not None
    lines = [
        EvidenceLine(
            kind="policy version",
            title=f"{version.label}, in force",
            on=version.published_at.date(),
            by=version.published_by,
            ref=f"{version.policy_id} v{version.number}",
            sha256=version.sha256,
        )
    ]
    lines += [
        EvidenceLine(
            kind="approval",
            title=f"{version.label}, {one.decision}" + (f": {one.comment}" if one.comment else ""),
            on=one.at.date(),
            by=one.approver,
            ref=one.id,
            sha256=one.sha256,
        )
        for one in unit.policy_reviews.approvals(version.policy_id, version.number)
        if one.decision == "approved"
    ]
    for request in unit.sign_offs.list(closed=True, policy_id=version.policy_id):
        if request.version == version.number:
            stands = standing_of(unit, request, today)
            lines.append(
                EvidenceLine(
                    kind="sign-off",
                    title=f"{version.label}: {stands.sentence}",
                    on=request.created_at.date(),
                    by=request.requested_by,
                    ref=request.id,
                    sha256=request.sha256,
                )
            )
    return lines


def _order(ref: str, catalogue: Catalogue) -> tuple[str, int, str]:
    framework, _, requirement_id = ref.partition(":")
    ids = [row.id for row in catalogue.pack(framework).requirements]
    return framework, ids.index(requirement_id) if requirement_id in ids else len(ids), requirement_id
