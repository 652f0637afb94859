"""Which CVEs are looked up, in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.lookups import named_ids, wanted
from knowledge.records.news import NewsItem
from knowledge.records.vulnerability import AffectedProduct, KevEntry, Ssvc, Vulnerability

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


def news(text: str) -> NewsItem:
    return NewsItem(
        id=f"n-{text}", source_id="s", identity="x", title="t", summary=text, first_seen_at=NOW, last_changed_at=NOW,
        content_sha256="0",
    )  # fmt: skip


def kev(number: int, days: int, removed: bool = False) -> KevEntry:
    day = NOW.date() - timedelta(days=days)
    return KevEntry(
        cve_id=f"CVE-2026-{number}", vendor="v", product="p", date_added=day, removed_on=NOW.date() if removed else None
    )


def test_recent_kev_then_news_then_older_kev() -> None:
    entries = {e.cve_id: e for e in (kev(1111, 400), kev(2222, 3), kev(3333, 1), kev(4444, 1, removed=True))}
    named = named_ids([news("CVE-2026-5555, cve-2026-1111"), news("CVE-1000-12345")], entries, today=NOW.date())
    assert named == ["CVE-2026-3333", "CVE-2026-2222", "CVE-2026-5555", "CVE-2026-1111"]


def test_each_side_is_asked_for_what_it_alone_knows() -> None:
    product = AffectedProduct(vendor="v", product="p")
    known = {
        "CVE-2026-1111": Vulnerability(cve_id="CVE-2026-1111"),
        "CVE-2026-2222": Vulnerability(cve_id="CVE-2026-2222", affected=(product,)),
        "CVE-2026-3333": Vulnerability(cve_id="CVE-2026-3333", ssvc=Ssvc()),
    }
    wish = wanted(["CVE-2026-1111", "CVE-2026-2222", "CVE-2026-3333", "CVE-2026-4444"], known)
    assert wish.nvd == ("CVE-2026-4444",)
    assert wish.cve5 == ("CVE-2026-1111", "CVE-2026-4444")
