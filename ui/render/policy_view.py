"""A policy's version, a set of them and a Statement of Applicability as papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from advisor.policies.dossier import Dossier
from advisor.policies.exceptions import standing, target
from advisor.policies.soa import Soa, SoaRow
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.client import Client
from knowledge.records.policy import PolicyVersion, VersionStatus
from ui.render.policy_paper import Block, Grid, Heading, Note, PageSize, Paper, text_blocks

STAMPS: Final[dict[VersionStatus, str]] = {
    "draft": "DRAFT: not approved, not in force",
    "in review": "IN REVIEW: not approved, not in force",
    "changes requested": "CHANGES REQUESTED: not approved, not in force",
    "approved": "APPROVED, not yet in force",
    "published": "",
    "retired": "RETIRED: not in force any more",
}
STATES: Final = {"met": "met", "partly": "in part", "missing": "missing"}
_LETTER: Final = ("US", "CA", "MX", "CO", "CL", "PH")


def policy_paper(dossier: Dossier, catalogue: Catalogue) -> Paper:
    """One version of a policy, ready to be printed.

    Args:
        dossier: the version with what belongs to it.
        catalogue: names the requirements.
    """
    version, client, policy = dossier.version, dossier.client, dossier.policy
    zone = ZoneInfo(client.timezone)
    blocks: list[Block] = []
    for section in version.text.sections:
        heading = " ".join(part for part in (section.number, section.heading) if part)
        blocks.append(Heading(heading, level=min(section.level, 3)))
        for clause in section.clauses:
            lead = clause.heading.rstrip(".:")
            mark = "." if clause.number else ":"
            blocks += text_blocks(clause.text, lead=f"{lead}{mark}" if lead else "", number=clause.number)
            if clause.evidence:
                blocks.append(Note(clause.evidence, lead="Evidence:"))
            names = _named(clause.requirements, client, catalogue)
            if names:
                blocks.append(Note(names, lead="Meets:"))
    blocks += _annexes(dossier, zone)
    return Paper(
        client=client.name,
        title=version.text.title,
        subtitle=f"Version {version.number} · {_state(version, zone)}",
        facts=_facts(dossier, zone),
        blocks=tuple(blocks),
        running=running_line(version, zone),
        at=version.published_at or version.approved_at or version.edited_at,
        author=client.name,
        subject=f"{version.text.title}, version {version.number}",
        keywords=("policy", policy.topic, version.status),
        page=page_of(client),
        values=_values(dossier, zone),
        stamp=STAMPS[version.status],
    )


def page_of(client: Client) -> PageSize:
    """Letter where the client's places print on it, else A4."""
    return "Letter" if client.jurisdictions and client.jurisdictions[0][:2] in _LETTER else "A4"


def running_line(version: PolicyVersion, zone: ZoneInfo) -> str:
    """Version, approval and short hash: what stands at the foot of each page."""
    approved = f"approved {_on(version.approved_at, zone)} by {version.approved_by}" if version.approved_at else ""
    parts = (f"Version {version.number}", approved or version.status, f"SHA-256 {version.sha256[:16]}")
    return " · ".join(parts)


def set_index_paper(
    client: Client, dossiers: Sequence[Dossier], catalogue: Catalogue, files: Mapping[str, str], *, now: datetime
) -> Paper:
    """The index of a pack: every policy with version, state, approval, review date and the name of its files."""
    zone = ZoneInfo(client.timezone)
    today = now.astimezone(zone).date()
    heads = {head.id: head.short for head in catalogue.heads}
    rows = tuple(
        (
            one.version.text.title,
            f"{one.version.number} ({one.version.status})",
            _approval(one.version, zone) or "not approved",
            f"{one.policy.next_review_on:%Y-%m-%d}" if one.policy.next_review_on else "none set",
            one.sign_off.sentence if one.sign_off else "not asked",
            one.version.sha256[:16],
            files.get(one.policy.id, ""),
        )
        for one in dossiers
    )
    in_force = sum(one.version.status == "published" for one in dossiers)
    head = ("Policy", "Version", "Approval", "Next review", "Signatures", "SHA-256", "Files")
    blocks: list[Block] = [
        Heading("Policies"),
        Grid(head, rows, (5, 3, 5, 3, 4, 4, 6)),
        Heading("Coverage"),
        *_set_coverage(dossiers, heads),
        Heading("Exceptions"),
        *_exception_grid(dossiers, today),
    ]
    return Paper(
        client=client.name,
        title="Policy set",
        subtitle=f"{len(dossiers)} policies, {in_force} of them in force · as of {_long(today)}",
        facts=(("Frameworks in scope", ", ".join(heads.get(one, one) for one in client.frameworks) or "none named"),),
        blocks=tuple(blocks),
        running=f"Policy set of {client.name} · as of {_long(today)}",
        at=now,
        subject="Index of the policy set",
        page=page_of(client),
        wide=True,
    )


def soa_paper(soa: Soa, client: Client, now: datetime) -> Paper:
    """The Statement of Applicability as a table of all controls."""
    return Paper(
        client=soa.client_name,
        title="Statement of Applicability",
        subtitle=f"{soa.framework} · as of {_long(soa.day)}",
        facts=(("Controls", soa.sentence), ("Reading it", READING)),
        blocks=(Grid(SOA_HEAD, soa_table(soa, most=REFERENCES_SHOWN), (3, 6, 3, 9, 4, 9, 6)),),
        running=f"Statement of Applicability of {soa.client_name} · as of {_long(soa.day)}",
        at=now,
        subject="Statement of Applicability for ISO/IEC 27001:2022",
        page=page_of(client),
        wide=True,
    )


READING: Final = (
    "The status says whether a policy in force demands the control. Whether it operates is shown by an assessment, "
    "not by this table. “Cannot evaluate”: no policy names it and nobody has decided."
)
REFERENCES_SHOWN: Final = 6
SOA_HEAD: Final = ("Control", "Title", "Applies", "Justification", "Status", "Policy and clause", "Exceptions")


def soa_table(soa: Soa, *, most: int = 1_000) -> tuple[tuple[str, ...], ...]:
    """The rows of the statement as text; `most` of the policies that name a control are listed, the rest counted."""

    def listed(row: SoaRow) -> str:
        more = len(row.references) - most
        return "\n".join((*row.references[:most], *([f"and {more} more policies"] if more > 0 else [])))

    return tuple(
        (
            row.control_id,
            row.title,
            "yes" if row.applicable else "no",
            row.justification + (f" ({row.decided_by}, {row.decided_on})" if row.decided else ""),
            row.status,
            listed(row) or "none",
            "\n".join(row.exceptions) or "none",
        )
        for row in soa.rows
    )


def _facts(dossier: Dossier, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    version, policy = dossier.version, dossier.policy
    facts = [("Owner", policy.owner[:1].upper() + policy.owner[1:] or "not named yet")]
    facts.append(("Approved", _approval(version, zone) or "not approved"))
    if version.published_at:
        facts.append(("In force since", f"{_on(version.published_at, zone)}, published by {version.published_by}"))
    if version.retired_at:
        facts.append(("Retired", f"{_on(version.retired_at, zone)} by {version.retired_by}"))
    review = _long(policy.next_review_on) if policy.next_review_on else "set when it is published"
    facts.append(("Next review", f"{review} (every {policy.review_months} months)"))
    if dossier.sign_off:
        facts.append(("Signatures", dossier.sign_off.sentence))
    if dossier.exceptions:
        facts.append(("Exceptions", f"{len(dossier.exceptions)} open, listed at the end"))
    facts.append(("SHA-256 of the text", version.sha256))
    return tuple(facts)


def _values(dossier: Dossier, zone: ZoneInfo) -> dict[str, str]:
    """What a client's template can name in double braces."""
    version, policy = dossier.version, dossier.policy
    return {
        "version": str(version.number),
        "status": version.status,
        "owner": policy.owner,
        "approved_by": version.approved_by or "not approved",
        "approved_on": _on(version.approved_at, zone) if version.approved_at else "not approved",
        "published_on": _on(version.published_at, zone) if version.published_at else "not published",
        "next_review": _long(policy.next_review_on) if policy.next_review_on else "none set",
        "sha256": version.sha256,
        "sha256_short": version.sha256[:16],
    }


def _annexes(dossier: Dossier, zone: ZoneInfo) -> list[Block]:
    blocks: list[Block] = []
    if dossier.coverage:
        ordered = sorted(dossier.coverage, key=lambda row: row.requirement.partition(":")[0])
        touched = {ref for one in dossier.exceptions for ref in one.requirements}
        rows = tuple(
            (
                row.label,
                row.title,
                STATES[row.state] + (", exception open" if row.requirement in touched else ""),
                ", ".join(row.clauses),
            )
            for row in ordered
        )
        blocks += [
            Heading("Annex: requirements"),
            Grid(("Requirement", "Title", "State", "Clauses"), rows, (4, 7, 3, 3)),
        ]
    if dossier.exceptions:
        blocks += [Heading("Annex: exceptions"), *_exception_grid([dossier], dossier.today)]
    rows = tuple(
        (
            str(one.number),
            one.status,
            _approval(one, zone) or "–",
            "\n".join(one.changes) or ("first version" if one.base is None else "–"),
        )
        for one in dossier.versions
        if one.number <= dossier.version.number
    )
    blocks += [
        Heading("Annex: versions"),
        Grid(("Version", "State", "Approval", "What changed"), rows, (2, 3, 5, 8)),
    ]
    return blocks


def _exception_grid(dossiers: Sequence[Dossier], today: date) -> list[Block]:
    rows = tuple(
        (target(one), one.what, one.compensating, one.owner, f"{one.expires_on:%Y-%m-%d}", standing(one, today))
        for dossier in dossiers
        for one in dossier.exceptions
    )
    if not rows:
        return [Note("None is open.")]
    head = ("Policy and clause", "What is not done", "What stands in", "Owner", "Until", "State")
    return [Grid(head, rows, (4, 5, 5, 3, 3, 3))]


def _set_coverage(dossiers: Sequence[Dossier], heads: Mapping[str, str]) -> list[Block]:
    """Counts by framework over the set: a requirement counts once, by the best of what its policies say."""
    best: dict[str, str] = {}
    rank = {"met": 2, "partly": 1, "missing": 0}
    for dossier in dossiers:
        for row in dossier.coverage:
            known = best.get(row.requirement, "missing")
            best[row.requirement] = row.state if rank[row.state] >= rank[known] else known
    frameworks = sorted({ref.partition(":")[0] for ref in best})
    if not frameworks:
        return [Note("No clause names a requirement of a framework in scope.")]
    rows = []
    for framework in frameworks:
        states = [state for ref, state in best.items() if ref.partition(":")[0] == framework]
        rows.append(
            (heads.get(framework, framework), str(states.count("met")), str(states.count("partly")), str(len(states)))
        )
    return [
        Grid(("Framework", "Met", "In part", "Named by a clause"), tuple(rows), (6, 2, 2, 3)),
        Note(
            "Requirements that no clause names are not counted here; see the Statement of Applicability for ISO 27001."
        ),
    ]


def _named(refs: Sequence[str], client: Client, catalogue: Catalogue) -> str:
    """`HIPAA 164.312(a)(1), 164.308(a)(4); ISO 27001 A.5.15`: those of the client's frameworks."""
    groups: dict[str, list[str]] = {}
    for ref in refs:
        framework, _, requirement = ref.partition(":")
        if not client.frameworks or framework in client.frameworks:
            groups.setdefault(framework, []).append(requirement)
    heads = {head.id: head.short for head in catalogue.heads}
    return "; ".join(f"{heads.get(framework, framework)} {', '.join(ids)}" for framework, ids in groups.items())


def _state(version: PolicyVersion, zone: ZoneInfo) -> str:
    at = {
        "published": ("in force since", version.published_at),
        "approved": ("approved on", version.approved_at),
        "retired": ("retired on", version.retired_at),
    }.get(version.status)
    if at is not None and at[1] is not None:
        return f"{at[0]} {_on(at[1], zone)}"
    return f"{version.status}, last edited {_on(version.edited_at, zone)}"


def _approval(version: PolicyVersion, zone: ZoneInfo) -> str:
    return f"{_on(version.approved_at, zone)} by {version.approved_by}" if version.approved_at else ""


def _on(at: datetime | None, zone: ZoneInfo) -> str:
    return _long(at.astimezone(zone).date()) if at else ""


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
