"""What the story is about, in facts: vendor, product, CVE ids, kind of flaw, exploited or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from advisor.brief.concerns import Held, product_name
from advisor.brief.facts import BriefFacts
from advisor.brief.flaws import flaw_words, reach_words
from advisor.brief.words import listed, name, short_day
from knowledge.records.base import CveId
from knowledge.records.client import Client
from knowledge.records.vulnerability import KevEntry, Vulnerability

CVES_SHOWN = 3


def records_of(cve_ids: Sequence[CveId], facts: BriefFacts) -> tuple[Vulnerability, ...]:
    """The CVE records that are there, in the order of the ids."""
    return tuple(facts.vulnerabilities[cve] for cve in cve_ids if cve in facts.vulnerabilities)


def kev_of(cve_ids: Sequence[CveId], facts: BriefFacts) -> tuple[KevEntry, ...]:
    """The entries of CISA's catalogue, newest first."""
    entries = [facts.kev[cve] for cve in cve_ids if cve in facts.kev]
    return tuple(sorted(entries, key=lambda entry: (-entry.date_added.toordinal(), entry.cve_id)))


def thing(held: Held, facts: BriefFacts, client: Client) -> str:
    """`Progress LoadMaster`: what the story is about, spelled the same for every client where a record names it."""
    for entry in kev_of(held.cve_ids, facts):
        return product_name(entry.vendor, entry.product)
    for concern in held.live:
        if concern.product:
            return concern.product
    for record in records_of(held.cve_ids, facts):
        for affected in record.affected:
            if found := product_name(affected.vendor, affected.product):
                return found
    for concern in held.live:
        if concern.verdict.match.subject_kind == "third-party":
            return concern.called
    if held.cleared:
        return name(held.cleared[0].match.subject_name)
    for concern in held.live:
        kind, called = concern.rule_named
        if called:
            return {"sector": f"Attacks on {called}", "place": f"New rules ({called})"}.get(kind, called)
    return f"Your field ({name(client.sector)})" if client.sector else "Your field"


def topic(held: Held, facts: BriefFacts, client: Client) -> str:
    """`Progress LoadMaster: command injection`; the thing alone where neither flaw nor incident is known."""
    flaw = _flaw(held.cve_ids, facts) or _incident(held)
    about = thing(held, facts, client)
    return f"{about}: {flaw}" if flaw else about


def _flaw(cve_ids: Sequence[CveId], facts: BriefFacts) -> str:
    cwes = [cwe for entry in kev_of(cve_ids, facts) for cwe in entry.cwes]
    cwes += [cwe for record in records_of(cve_ids, facts) for cwe in record.cwes]
    return flaw_words(cwes)


def _incident(held: Held) -> str:
    if held.cve_ids or not any(concern.verdict.match.rule == "supplier-incident" for concern in held.live):
        return ""
    return "incident reported"


def what_line(held: Held, facts: BriefFacts, client: Client, today: date) -> str:
    """The facts in one line; figures such as scores stay out of it."""
    records = records_of(held.cve_ids, facts)
    kev = kev_of(held.cve_ids, facts)
    if not held.cve_ids and all(concern.verdict.match.subject_kind == "client" for concern in held.live):
        return "A report without a CVE id"
    parts = [thing(held, facts, client)]
    if held.cve_ids:
        parts.append(listed(held.cve_ids, most=CVES_SHOWN))
    flaw = _flaw(held.cve_ids, facts)
    reach = reach_words(records)
    if flaw or reach:
        parts.append(f"{flaw or 'a flaw'} {reach}".strip())
    parts.append(_incident(held))
    parts.append(_exploited(kev, today) if kev else _not_listed(held))
    if records and all(record.state == "rejected" for record in records):
        parts.append("withdrawn by its publisher")
    elif any("disputed" in record.tags for record in records):
        parts.append("disputed by its vendor")
    return ", ".join(part for part in parts if part)


def _exploited(kev: Sequence[KevEntry], today: date) -> str:
    added = short_day(min(entry.date_added for entry in kev), today)
    ransom = "; also for ransomware" if any(entry.ransomware == "known" for entry in kev) else ""
    return f"exploited (KEV, added {added}{ransom})"


def _not_listed(held: Held) -> str:
    return "not listed as exploited" if held.cve_ids else "no CVE id named for it"
