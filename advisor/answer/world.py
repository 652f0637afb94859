"""What the public records and this client's latest brief say about a question on the day's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from advisor.grounding.text import safe
from knowledge.places import ClientPlace, SharedPlace
from knowledge.records.base import CveId
from knowledge.records.search import Passage

if TYPE_CHECKING:
    from knowledge.records.brief import Brief, BriefItem
    from knowledge.records.policy import PolicyClause, PolicyVersion
    from knowledge.records.triage import Verdict
    from knowledge.records.vulnerability import Epss, Vulnerability

SOA_FRAMEWORKS = ("iso-27001-2022",)
"""Frameworks with a Statement of Applicability."""
LABELS = {"act-now": "Act now", "check-today": "Check today", "watch": "Watch", "fyi": "For your information"}
VERDICTS = {
    "affected": "affected",
    "version-unknown": "the product is there, its version is unknown",
    "vendor-only": "the vendor or supplier is there, product or version is not settled",
    "version-not-affected": "the version is not affected",
    "not-relevant": "not relevant",
}


@dataclass(frozen=True)
class Demand:
    """A clause of one of the client's policies, and how it stands to the requirement that it is mapped to."""

    passage: Passage
    in_force: bool
    whole: bool
    """It meets the requirement rather than serving it."""


@dataclass(frozen=True)
class World:
    """Facts for one request, as passages whose lines may be quoted."""

    records: tuple[Passage, ...] = ()
    """Per CVE: the KEV entry, then what NVD, the CNA and FIRST say."""
    missing: tuple[CveId, ...] = ()
    """CVEs that the question names and no record is here for."""
    brief: Brief | None = None
    """The client's latest brief."""
    verdicts: tuple[Verdict, ...] = ()
    """What was judged for this client on the CVEs of the question."""
    demands: Mapping[str, tuple[Demand, ...]] = field(default_factory=dict)
    """`FRAMEWORK:ID` -> clauses of the client's policies that are mapped to it, those in force first."""
    excluded: frozenset[str] = frozenset()
    """`FRAMEWORK:ID` of what a person decided not to apply."""


def gather(shared: SharedPlace, client: ClientPlace, cves: Sequence[CveId]) -> World:
    """Reads the records of the CVEs that a question names, and what was found for the client."""
    from knowledge.search.news import of_kev  # noqa: PLC0415 - its records are for questions on the day's events alone

    with shared.read() as unit:
        kev = unit.vulnerabilities.kev(cves)
        known = unit.vulnerabilities.by_id(cves)
        scores = unit.vulnerabilities.epss(cves)
    with client.read() as own:
        brief = own.briefs.latest()
        verdicts = tuple(one for one in own.verdicts.list() if set(one.cve_ids) & set(cves)) if cves else ()
    records: list[Passage] = []
    for cve in cves:
        if cve in kev:
            records.append(of_kev(kev[cve]))
        if cve in known or cve in scores:
            records.append(record_passage(cve, known.get(cve), scores.get(cve)))
    missing = tuple(cve for cve in cves if cve not in kev and cve not in known and cve not in scores)
    return World(tuple(records), missing, brief, verdicts)


def gather_policies(client: ClientPlace) -> World:
    """Reads which requirements the clauses of the client's policies are mapped to, and what does not apply."""
    from knowledge.records.policy import OPEN  # noqa: PLC0415 - as above

    demands: dict[str, list[Demand]] = {}
    with client.read() as unit:
        for policy in unit.policies.list():
            versions = unit.policies.versions(policy.id)
            in_force = [one for one in versions if one.status == "published"]
            coming = [one for one in versions if one.status in OPEN or one.status == "approved"]
            for version in (*in_force[:1], *coming[:1]):
                for clause in version.text.clauses:
                    passage = _clause_passage(version, clause)
                    now = version.status == "published"
                    for ref in dict.fromkeys((*clause.requirements, *clause.partly)):
                        demands.setdefault(ref, []).append(Demand(passage, now, ref in clause.requirements))
        excluded = {
            f"{framework}:{decision.control_id}"
            for framework in SOA_FRAMEWORKS
            for decision in unit.soa_decisions.current(framework).values()
            if not decision.applicable
        }
    ordered = {
        ref: tuple(sorted(found, key=lambda one: (not one.in_force, not one.whole))) for ref, found in demands.items()
    }
    return World(demands=ordered, excluded=frozenset(excluded))


def _clause_passage(version: PolicyVersion, clause: PolicyClause) -> Passage:
    return Passage(
        id=f"policy:{version.policy_id}:{version.number}:{clause.id}",
        partition="client",
        kind="record",
        title=version.label,
        locator=f"clause {clause.number}" if clause.number else clause.heading or "a paragraph",
        text=clause.text,
        dated=version.published_at.date() if version.published_at else None,
    )


def record_passage(cve: CveId, record: Vulnerability | None, score: Epss | None) -> Passage:
    """A CVE's record and its score, one fact a line; the description is its CNA's own words."""
    dated = record.published_at.date() if record and record.published_at else None
    return Passage(
        id=f"cve:{cve}",
        partition="shared",
        kind="record",
        title=f"{cve} {record.title if record else ''}".strip(),
        locator=f"CVE record of {cve}" + (f", published {dated.isoformat()}" if dated else ""),
        text="\n".join(line for line in _record_lines(cve, record, score) if line),
        dated=dated,
    )


def _record_lines(cve: CveId, record: Vulnerability | None, score: Epss | None) -> Iterable[str]:
    if record is not None:
        if record.state == "rejected":
            yield f"{cve} was rejected: it is not counted as a flaw."
        yield f"{cve}: {' '.join(record.description.split())}" if record.description else ""
        best = max(record.cvss, key=lambda one: (one.version, one.score), default=None)
        if best is not None:
            yield f"{cve} has a CVSS {best.version} score of {best.score:g} ({best.severity.lower() or 'no severity'})."
        yield from list(_version_lines(cve, record))[:4]
        if record.ssvc is not None and record.ssvc.exploitation != "unknown":
            words = {
                "none": "no exploitation is known",
                "poc": "a proof of concept is public",
                "active": "it is exploited",
            }
            yield f"CISA's coordinator says of {cve}: {words[record.ssvc.exploitation]}."
    if score is not None:
        day = f" on {score.scored_on.isoformat()}" if score.scored_on else ""
        yield f"FIRST's EPSS gave {cve} a probability of {score.score:.1%} of being exploited within 30 days{day}."


def _version_lines(cve: CveId, record: Vulnerability) -> Iterable[str]:
    for product in record.affected:
        same = product.product.casefold().startswith(product.vendor.casefold())
        name = product.product if same else f"{product.vendor} {product.product}".strip()
        for one in product.versions:
            low = "" if one.version in {"", "0", "*"} else f" from {one.version}"
            if one.status == "affected" and one.less_than:
                yield f"{cve} affects {name}{low} before {one.less_than}."
            elif one.status == "affected" and one.less_than_or_equal:
                yield f"{cve} affects {name}{low} up to {one.less_than_or_equal}."
            elif one.status == "unaffected" and one.version:
                yield f"{name} {one.version} is not affected by {cve}."


def item_passage(brief: Brief, item: BriefItem) -> Passage:
    """What a brief of this client says of one story, one field a line; the decision and the reason come first."""
    lines = [
        f"{LABELS[item.label]}: {item.headline}",
        *item.why_you,
        f"Verdict: {VERDICTS[item.verdict]}.",
        f"To do: {item.action}" if item.action else "",
        f"By when: {item.due_sentence}" if item.due_sentence else "",
        f"What settles it: {item.question}" if item.question else "",
        f"What it is: {item.what}",
    ]
    return _brief_passage(brief, f"item {item.number}" if item.number else "not shown", item.key, lines)


def head_passage(brief: Brief) -> Passage:
    """The decision that a brief opens with."""
    return _brief_passage(brief, "headline", "head", [brief.headline])


def line_passage(brief: Brief, line: str) -> Passage:
    """One line of what a brief lists as looked at and not affected."""
    return _brief_passage(brief, "looked at and not affected", f"clear{brief.not_affected.index(line)}", [line])


def verdict_passage(verdict: Verdict, day: date) -> Passage:
    """A judgement on one item for one asset or supplier of this client."""
    fixed = f"Fixed in {', '.join(verdict.fixed_in)}." if verdict.fixed_in else ""
    lines = [f"{verdict.match.subject_name}: {VERDICTS[verdict.kind]}.", verdict.reason, fixed, verdict.question]
    return Passage(
        id=f"verdict:{verdict.item.kind}:{verdict.item.id}:{verdict.match.subject_id}",
        partition="client",
        kind="record",
        title=f"Verdict on {', '.join(verdict.cve_ids[:3])}",
        locator=f"{verdict.match.subject_name}, by rule {verdict.match.rule}",
        text="\n".join(safe(line) for line in lines if line),
        dated=day,
    )


def _brief_passage(brief: Brief, where: str, key: str, lines: Iterable[str]) -> Passage:
    return Passage(
        id=f"brief:{brief.day.isoformat()}:{key}",
        partition="client",
        kind="record",
        title=f"Brief of {brief.day.isoformat()}",
        locator=where,
        text="\n".join(_ended(safe(line)) for line in lines if line),
        dated=brief.day,
    )


def _ended(line: str) -> str:
    return line if line[-1:] in ".!?" else f"{line}."
