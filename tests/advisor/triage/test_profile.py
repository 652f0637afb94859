"""Rules that bind a client and attacks on its sector reach that client, and ordinary news reaches nobody."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from advisor.triage.judge import Judge, World
from advisor.triage.priority import label
from advisor.triage.profile import findings, judge_profile
from advisor.triage.profile_data import Profile, tables
from advisor.triage.subjects import ItemText
from knowledge.records.client import Client
from knowledge.records.news import NewsItem
from knowledge.records.triage import Verdict

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


def client(sector: str, *places: str) -> Client:
    return Client(
        id="northgate", ref="c-0123456789ab", name="Northgate", sector=sector, jurisdictions=places, created_at=NOW
    )


def told(title: str, summary: str, who: Client) -> Verdict | None:
    item = ItemText("news", "n-1", title, summary)
    return judge_profile(item, findings(item), Profile.of(who))


CLINIC, PUMPS, SAAS = client("healthcare", "US", "US-IL"), client("manufacturing", "DE"), client("software", "EU")
BANK = client("banking", "US", "US-NY")


@pytest.mark.parametrize(
    ("title", "summary", "who", "named"),
    [
        ("Cyber Resilience Act: five weeks to the reporting duties", "Makers report within 24 hours.", PUMPS, "law"),
        ("NIS2: Bundestag adopts the act that puts it into German law", "", PUMPS, "law"),
        ("HHS proposes new HIPAA security rule", "Encryption would be mandatory.", CLINIC, "law"),
        ("Dental chain settles HIPAA case over missing risk analysis", "", CLINIC, "law"),
        ("EU delays AI Act deadline by a year", "The European Parliament voted.", SAAS, "law"),
        ("NYDFS updates its rules on multi-factor sign-in", "", BANK, "regulator"),
        ("Illinois passes data breach reporting law", "", CLINIC, "place"),
        ("NYDFS fines insurer over data breach", "", BANK, "regulator"),
        ("UK bans ransomware payments for manufacturers", "", client("manufacturing", "GB"), "place"),
        ("Reporting duties move closer", "The Cyber Resilience Act applies from September in the EU.", SAAS, "law"),
    ],
)
def test_a_rule_that_binds_the_client_is_told(title: str, summary: str, who: Client, named: str) -> None:
    verdict = told(title, summary, who)
    assert verdict is not None
    assert (verdict.match.rule, verdict.kind) == ("profile-regulation", "vendor-only")
    assert verdict.match.subject_kind == "client"
    words, *held, rule = verdict.match.evidence
    assert words.text in (title, summary)
    assert words.locator in ("title", "summary")
    assert {piece.locator for piece in held} <= {"profile.sector", "profile.jurisdictions"}
    assert rule.locator.startswith(f"{named}.")
    assert label(verdict, None) == "fyi"


@pytest.mark.parametrize(
    ("title", "summary", "who"),
    [
        ("Healthcare is still being called: attackers target the help desks of clinics", "", CLINIC),
        ("Ransomware gang hits US hospitals over the weekend", "", CLINIC),
        ("Chinese hackers target German manufacturers", "A new campaign.", PUMPS),
        ("New phishing kit makes the rounds", "The campaign is aimed at insurers, banks and credit unions.", BANK),
        ("Scattered Spider now targets US banks", "", BANK),
        ("Thieves steal data from German factories", "Hackers sell it.", PUMPS),
        ("Factories under attack", "Ransomware crews go after old controllers worldwide.", PUMPS),
    ],
)
def test_attacks_on_the_sector_are_told(title: str, summary: str, who: Client) -> None:
    verdict = told(title, summary, who)
    assert verdict is not None
    assert verdict.match.rule == "profile-campaign"
    assert verdict.match.evidence[1].text == who.sector
    assert verdict.match.evidence[1].locator == "profile.sector"
    assert label(verdict, None) == "watch"


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Ransomware hits Ukrainian hospitals", ""),
        ("Malware campaign targets clinics", "The attacks hit hospitals across the Middle East."),
        ("Mexican banks hit by malware", "Attackers target banks."),
        ("County hospital confirms data breach", "Attackers stole records of 40,000 patients."),
        ("How to protect hospitals against ransomware", "Attackers target hospitals."),
        ("Why ransomware gangs attack hospitals", ""),
        ("Acme launches HIPAA tool for clinics", "Meets every new requirement."),
        ("Vendor adds dashboards", "Helps clinics that require HIPAA compliance and enforce policies."),
        ("China imposes one-hour reporting rule for incidents", ""),
        ("Illinois man charged with fraud under federal law", ""),
        ("OCR software misreads invoices: new update", "Optical character recognition."),
        ("Dora the explorer toys recalled, new safety rules", ""),
        ("Banks of the river flooded after attacks on dam", ""),
        ("Banking trojan targets hospital users", "The malware steals passwords."),
        ("In other news: HIPAA fines, attacks on hospitals", ""),
        ("Court records hacked", "Plus: attackers target hospitals and clinics in the US."),
        ("Join us: new security rules of the game", "A US conference."),
    ],
)
def test_news_that_only_mentions_a_place_or_sector_is_not(title: str, summary: str) -> None:
    assert told(title, summary, CLINIC) is None


def test_a_rule_reaches_only_whom_it_binds() -> None:
    title = "Digital Operational Resilience Act: supervisors propose new standards"
    assert told(title, "", client("insurance", "IE")) is not None
    assert told(title, "", client("insurance", "US")) is None
    assert told(title, "", client("manufacturing", "IE")) is None
    assert told(title, "", client("", "IE")) is None


def test_a_fine_under_a_law_for_all_is_daily_news() -> None:
    assert told("TikTok fined 530 million under GDPR", "", SAAS) is None
    assert told("EU adopts GDPR amendment on breach reporting", "", SAAS) is not None


def test_an_item_with_a_cve_is_left_to_the_products() -> None:
    item = ItemText("news", "n-1", "Attackers target hospitals", "Through one flaw.", (), ("CVE-2026-1",))
    assert findings(item) == ()


def test_foreign_text_cannot_stall_the_patterns() -> None:
    hostile = "hackers target " * 20_000 + "hospitals"
    assert findings(ItemText("news", "n-1", hostile[:5_000], hostile)) is not None


def test_the_tables_name_only_known_sectors_and_places() -> None:
    known = tables()
    entries = {entry for rows in known.by_name.values() for _, entry in rows}
    sectors = {entry.name for entry in entries if entry.kind == "sector"}
    places = {entry.name for entry in entries if entry.kind == "place"}
    for entry in entries:
        assert entry.sectors <= sectors
        assert entry.places <= places
        assert entry.kind != "law" or entry.cite


def test_the_judge_gives_each_client_its_own() -> None:
    judge = Judge()
    other = PUMPS.model_copy(update={"id": "kestrel", "name": "Kestrel"})
    judge.put(CLINIC, (), ())
    judge.put(other, (), ())
    news = NewsItem(
        id="n-1",
        source_id="s",
        title="HIPAA: new rule adopted",
        identity="guid:1",
        first_seen_at=NOW,
        last_changed_at=NOW,
        content_sha256="0" * 64,
    )
    found = judge.judge(World(news=(news,), vulnerabilities=(), kev=(), advisories=(), now=NOW))
    assert [(who, [v.match.rule for v in verdicts]) for who, verdicts in found.items()] == [
        ("northgate", ["profile-regulation"])
    ]


def test_ordinary_news_alerts_at_most_a_few(shared_data: Path) -> None:
    path = shared_data / "bench" / "triage" / "news_background.jsonl"
    if not path.exists():
        pytest.skip("the background news of the bench is not there")
    firms = [CLINIC, PUMPS, SAAS, BANK, client("retail", "GB"), client("education", "US"), client("law firm", "US-TX")]
    profiles = [Profile.of(firm) for firm in firms]
    alerts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        item = ItemText("news", row["item_id"], row["title"], row["summary"])
        found = findings(item)
        alerts.update(profile.client.sector for profile in profiles if judge_profile(item, found, profile))
    assert max(alerts.values(), default=0) <= 3
