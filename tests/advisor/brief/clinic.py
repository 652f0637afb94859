"""A small clinic of ours around real facts of CISA's catalogue, for the tests of briefs and of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from advisor.brief.compose import compose_brief
from advisor.brief.facts import BriefFacts
from advisor.brief.state import PreviousState
from knowledge.records.asset import Asset, ThirdParty, ToolUsed
from knowledge.records.brief import Brief, SourceCoverage
from knowledge.records.client import Client
from knowledge.records.feedback import QuietRule
from knowledge.records.news import NewsItem
from knowledge.records.note import Note, NoteKind
from knowledge.records.triage import (
    Evidence,
    ItemRef,
    Match,
    Story,
    SubjectKind,
    Verdict,
    VerdictKind,
)
from knowledge.records.vulnerability import Cvss, KevEntry, Ssvc, Vulnerability

FRIDAY = datetime(2026, 8, 7, 11, 30, tzinfo=UTC)
"""06:30 in Chicago."""
ROWS_AT = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)

CLIENT = Client(
    id="northgate",
    ref="c-000000000001",
    name="Northgate Family Clinic",
    sector="healthcare",
    jurisdictions=("US", "US-IL"),
    timezone="America/Chicago",
    created_at=ROWS_AT,
)

LB = Asset(
    id="LB-01",
    name="Load balancer",
    kind="network",
    vendor="Progress",
    product="LoadMaster",
    criticality="high",
    exposure="internet",
    origin="assets.csv",
    updated_at=ROWS_AT,
)
FW = Asset(
    id="FW-01",
    name="Firewall",
    kind="firmware",
    vendor="Fortinet",
    product="FortiOS",
    version="7.4.9",
    criticality="critical",
    exposure="internet",
    origin="assets.csv",
    updated_at=ROWS_AT,
)
NAS = Asset(id="NAS-02", name="Backup store", vendor="Synology", product="DSM", origin="assets.csv", updated_at=ROWS_AT)
WORKSTATIONS = tuple(
    Asset(
        id=f"WS-{number:02}",
        name=f"Front desk {number}",
        kind="operating-system",
        vendor="Microsoft",
        product="Windows 11",
        version="10.0.22631",
        exposure="internal",
        criticality="medium",
        provided_by="brightline",
        origin="assets.csv",
        updated_at=ROWS_AT,
    )
    for number in range(1, 7)
)
BRIGHTLINE = ThirdParty(
    id="brightline",
    name="Brightline IT",
    service="IT support",
    criticality="critical",
    contact="Service desk, +1 312 555 0142",
    contract="clause 7.2: answers within 24 h",
    tools=(ToolUsed(vendor="N-able", product="N-central"),),
    updated_at=ROWS_AT,
)
PAGECRAFT = ThirdParty(id="pagecraft", name="Pagecraft", service="web hosting", criticality="low", updated_at=ROWS_AT)

DISCONTINUE = "Apply mitigations or discontinue use of the product if mitigations are unavailable."


def kev(cve: str, vendor: str, product: str, added: date, due: date, cwe: str, ransomware: str = "unknown") -> KevEntry:
    return KevEntry.model_validate(
        {
            "cve_id": cve,
            "vendor": vendor,
            "product": product,
            "date_added": added,
            "due_date": due,
            "ransomware": ransomware,
            "required_action": DISCONTINUE,
            "cwes": (cwe,),
        }
    )


NCENTRAL, LOADMASTER, FORTIOS, WINDOWS = "CVE-2026-18577", "CVE-2026-8037", "CVE-2025-68686", "CVE-2026-50001"
KEV = {
    NCENTRAL: kev(NCENTRAL, "N-able", "N-central", date(2026, 8, 3), date(2026, 8, 6), "CWE-288"),
    LOADMASTER: kev(LOADMASTER, "Progress", "LoadMaster", date(2026, 8, 7), date(2026, 8, 10), "CWE-77"),
    FORTIOS: kev(FORTIOS, "Fortinet", "FortiOS", date(2026, 7, 27), date(2026, 8, 10), "CWE-200"),
}


def item(kind: str, ident: str) -> ItemRef:
    return ItemRef.model_validate({"kind": kind, "id": ident})


def news(
    ident: str, title: str, source: str, when: datetime, link: str = "https://news.example/a", **more: Any
) -> NewsItem:
    return NewsItem(
        id=ident,
        source_id=source,
        identity=f"link:{link}",
        title=title,
        link=link,
        published_at=when,
        first_seen_at=when,
        last_changed_at=when,
        content_sha256="0" * 64,
        **more,
    )


def story(ident: str, items: Iterable[ItemRef], cves: Sequence[str] = (), at: datetime = FRIDAY) -> Story:
    return Story(id=ident, title="", items=tuple(items), cve_ids=tuple(cves), first_at=at, last_at=at)


def verdict(
    on: ItemRef,
    kind: VerdictKind,
    subject: Asset | ThirdParty | Client,
    *,
    cves: Sequence[str] = (),
    fixed_in: Sequence[str] = (),
    ranges: Sequence[str] = (),
    words: str = "",
    field: str = "product",
    reason: str = "",
    question: str = "",
) -> Verdict:
    subject_kind: SubjectKind = "client"
    if isinstance(subject, Asset):
        subject_kind = "asset"
    elif isinstance(subject, ThirdParty):
        subject_kind = "third-party"
    evidence = [Evidence(kind="asset", text=words or subject.name, locator=f"{subject.id}.{field}")]
    evidence += [Evidence(kind="configuration", text=text, locator="configurations[0]") for text in ranges]
    return Verdict(
        item=on,
        kind=kind,
        match=Match(
            rule="test",
            subject_kind=subject_kind,
            subject_id=subject.id,
            subject_name=subject.name,
            evidence=tuple(evidence),
            confidence=0.9,
        ),
        reason=reason or f"{subject.name} was looked at",
        question=question,
        cve_ids=tuple(cves),
        fixed_in=tuple(fixed_in),
    )


ASSETS = {asset.id: asset for asset in (LB, FW, NAS, *WORKSTATIONS)}
PARTIES = {party.id: party for party in (BRIGHTLINE, PAGECRAFT)}


SOURCES = (
    *(
        SourceCoverage(
            source_id=f"s{number}", title=title, outcome="read", good=True, sentence="Read", fetched_at=FRIDAY
        )
        for number, title in enumerate(("CISA KEV", "NVD", "SecurityWeek", "BleepingComputer", "N-able status", "EPSS"))
    ),
    SourceCoverage(
        source_id="hn",
        title="The Hacker News",
        outcome="http-error",
        good=False,
        sentence="answered 503 three times; next try 07:30",
    ),
)

N1, N2, N3, N4 = item("news", "n-1"), item("news", "n-2"), item("news", "n-3"), item("news", "n-4")
C_NCENTRAL, C_LOADMASTER, C_FORTIOS = item("cve", NCENTRAL), item("cve", LOADMASTER), item("cve", FORTIOS)
C_WINDOWS = item("cve", WINDOWS)
NEWS = {
    "n-1": news(
        "n-1", "Second hole in N-central", "s4", datetime(2026, 8, 2, 9, tzinfo=UTC), "https://status.example/1"
    ),
    "n-2": news(
        "n-2", "Servers of IT firms hit again", "s2", datetime(2026, 8, 4, 9, tzinfo=UTC), "https://news.example/2"
    ),
    "n-3": news("n-3", "Old remote tool abused", "s2", datetime(2026, 8, 6, 9, tzinfo=UTC), "https://news.example/3"),
    "n-4": news(
        "n-4", "Clinics get fake invoices", "s3", datetime(2026, 8, 6, 9, tzinfo=UTC), "https://news.example/4"
    ),
}
STORIES = (
    story("s-ncentral", (N1, N2, C_NCENTRAL), (NCENTRAL,)),
    story("s-loadmaster", (C_LOADMASTER,), (LOADMASTER,)),
    story("s-fortios", (C_FORTIOS,), (FORTIOS,)),
    story("s-windows", (C_WINDOWS,), (WINDOWS,)),
    story("s-invoices", (N4,)),
)
VERDICTS = (
    verdict(N1, "vendor-only", BRIGHTLINE, cves=(NCENTRAL,), words="N-able N-central", field="tools",
            fixed_in=("2026.3 HF1",)),
    verdict(C_LOADMASTER, "version-unknown", LB, cves=(LOADMASTER,)),
    verdict(C_FORTIOS, "version-not-affected", FW, cves=(FORTIOS,),
            reason="Firewall runs FortiOS 7.4.9, and the fix came with 7.4.8"),
    *(verdict(C_WINDOWS, "affected", ws, cves=(WINDOWS,), fixed_in=("10.0.22631.7000",), field="version")
      for ws in WORKSTATIONS),
    verdict(N4, "vendor-only", CLIENT, words="healthcare", field="sector"),
)  # fmt: skip

VULNERABILITIES = {
    WINDOWS: Vulnerability(cve_id=WINDOWS, cwes=("CWE-416",), published_at=ROWS_AT),
    LOADMASTER: Vulnerability(
        cve_id=LOADMASTER,
        cvss=(Cvss(version="3.1", score=9.8, vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),),
        published_at=ROWS_AT,
        ssvc=Ssvc(exploitation="active", automatable="unknown", technical_impact="total"),
    ),
}


def facts(**changed: Any) -> BriefFacts:
    """The clinic's look-ups, some of them changed."""
    given: dict[str, Any] = {
        "news": NEWS,
        "vulnerabilities": VULNERABILITIES,
        "kev": KEV,
        "assets": ASSETS,
        "third_parties": PARTIES,
        "publishers": {"s2": "SecurityWeek", "s3": "BleepingComputer", "s4": "N-able"},
        "sources": SOURCES,
        "items_considered": 143,
        "new_in_kev": frozenset({LOADMASTER}),
    }
    return BriefFacts(**{**given, **changed})


def brief(
    *,
    verdicts: Sequence[Verdict] = VERDICTS,
    stories: Sequence[Story] = STORIES,
    previous: PreviousState | None = None,
    notes: Sequence[Note] = (),
    now: datetime = FRIDAY,
    client: Client = CLIENT,
    look: BriefFacts | None = None,
    quiet_rules: Sequence[QuietRule] = (),
) -> Brief:
    return compose_brief(
        client,
        verdicts,
        stories,
        look or facts(),
        previous=previous or PreviousState(),
        notes=notes,
        quiet_rules=quiet_rules,
        now=now,
    )


def note(
    key: str,
    kind: NoteKind,
    *,
    text: str = "",
    fingerprint: str = "",
    at: datetime = FRIDAY,
    until: datetime | None = None,
    closed_at: datetime | None = None,
) -> Note:
    return Note(
        id=f"note-{kind}-{at:%d%H%M}",
        item_key=key,
        kind=kind,
        text=text,
        fingerprint=fingerprint,
        actor="pat",
        created_at=at,
        until=until,
        closed_at=closed_at,
    )


def with_budget(count: int) -> Client:
    return CLIENT.model_copy(update={"alert_budget": count})
