"""Insert, update, unchanged, skip: decided from data alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.decide import (
    decide_advisories,
    decide_kev,
    decide_news,
    decide_vulnerabilities,
    merge_vulnerability,
)
from ingest.sources.feed import FeedEntry, content_sha256
from knowledge.records.advisory import Advisory
from knowledge.records.vulnerability import (
    AffectedProduct,
    ConfigNode,
    Configuration,
    Cvss,
    KevEntry,
    Ssvc,
    Vulnerability,
)

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
TODAY = NOW.date()


def entry(title: str = "A flaw", **more: Any) -> FeedEntry:
    sha = content_sha256(title, "s", "")
    return FeedEntry(id="n-1", identity="guid:1", title=title, summary="s", content_sha256=sha, **more)


def test_news_new_unchanged_edited() -> None:
    first = decide_news([entry(published_at=NOW - timedelta(days=1))], {}, source_id="s", now=NOW)
    assert (first.added, first.updated, first.unchanged, first.revisions) == (1, 0, 0, ())
    item = first.put[0]
    assert (item.source_id, item.first_seen_at, item.last_changed_at) == ("s", NOW, NOW)

    later = NOW + timedelta(hours=2)
    same = decide_news([entry()], {item.id: item}, source_id="s", now=later)
    assert (same.put, same.unchanged) == ((), 1)

    edit = decide_news([entry("A worse flaw", published_at=later)], {item.id: item}, source_id="s", now=later)
    assert (edit.added, edit.updated) == (0, 1)
    assert (edit.put[0].title, edit.put[0].first_seen_at, edit.put[0].last_changed_at) == ("A worse flaw", NOW, later)
    assert edit.put[0].published_at == NOW - timedelta(days=1)
    (revision,) = edit.revisions
    assert (revision.item_id, revision.replaced_at, revision.title) == ("n-1", later, "A flaw")
    assert revision.content_sha256 == item.content_sha256


def kev(number: int, **more: Any) -> KevEntry:
    return KevEntry(cve_id=f"CVE-2026-{number}", vendor="v", product="p", date_added=TODAY, **more)


def listed(count: int) -> dict[str, KevEntry]:
    return {entry.cve_id: entry for entry in (kev(n) for n in range(1000, 1000 + count))}


def test_kev_new_changed_unchanged() -> None:
    known = listed(3)
    incoming = [*known.values(), kev(5000)]
    incoming[0] = kev(1000, ransomware="known")
    decision = decide_kev(incoming, known, complete=True, today=TODAY)
    assert (decision.added, decision.updated, decision.unchanged) == (1, 1, 2)
    assert {e.cve_id for e in decision.put} == {"CVE-2026-1000", "CVE-2026-5000"}


def test_a_gone_kev_entry_is_marked_and_told_and_comes_back_unmarked() -> None:
    known = listed(3)
    incoming = list(known.values())[:2]
    decision = decide_kev(incoming, known, complete=True, today=TODAY)
    assert [(e.cve_id, e.removed_on) for e in decision.put] == [("CVE-2026-1002", TODAY)]
    assert (decision.updated, decision.skipped[0].subject) == (1, "CVE-2026-1002")
    known |= {e.cve_id: e for e in decision.put}
    assert decide_kev(incoming, known, complete=True, today=TODAY + timedelta(days=1)).put == ()
    back = decide_kev(listed(3).values(), known, complete=True, today=TODAY)
    assert [e.removed_on for e in back.put] == [None]


def test_an_incomplete_or_shrunken_catalogue_removes_nothing() -> None:
    known = listed(100)
    for count, complete in ((99, False), (90, True), (1, True)):
        decision = decide_kev(list(known.values())[:count], known, complete=complete, today=TODAY)
        assert decision.put == ()
        assert "kept as listed" in decision.skipped[0].reason
    assert len(decide_kev(list(known.values())[:96], known, complete=True, today=TODAY).put) == 4


CONFIG = (Configuration(nodes=(ConfigNode(),)),)
OTHER = (Configuration(nodes=(ConfigNode(operator="AND"),)),)
NVD_SCORE = Cvss(version="3.1", score=9.8, vector="A", provider="nvd@nist.gov")
CNA_SCORE = Cvss(version="3.1", score=7.0, vector="B", provider="vendor")
SSVC = Ssvc(exploitation="active", automatable="yes", technical_impact="total")


def cve(**more: Any) -> Vulnerability:
    return Vulnerability(cve_id="CVE-2026-1111", **more)


def test_each_side_owns_its_part() -> None:
    nvd = cve(configurations=CONFIG, cvss=(NVD_SCORE,), references=("https://a.example/",), modified_at=NOW)
    record = cve(
        title="T",
        affected=(AffectedProduct(vendor="v", product="p"),),
        ssvc=SSVC,
        configurations=OTHER,
        cvss=(CNA_SCORE,),
        modified_at=NOW - timedelta(days=1),
        references=("https://b.example/",),
    )
    one_way = merge_vulnerability(nvd, record, kind="cve5")
    other_way = merge_vulnerability(record, nvd, kind="nvd")
    for merged in (one_way, other_way):
        assert merged.configurations == CONFIG
        assert (merged.ssvc, merged.affected[0].vendor, merged.title) == (SSVC, "v", "T")
        assert merged.cvss == (NVD_SCORE, CNA_SCORE)
        assert merged.references == ("https://a.example/", "https://b.example/")
        assert merged.modified_at == NOW
    assert one_way == other_way
    assert merge_vulnerability(one_way, nvd, kind="nvd") == one_way
    assert merge_vulnerability(one_way, record, kind="cve5") == one_way


def test_a_fresh_reading_replaces_its_own_scores_and_ranges() -> None:
    both = merge_vulnerability(cve(configurations=CONFIG, cvss=(NVD_SCORE,)), cve(cvss=(CNA_SCORE,)), kind="cve5")
    better = NVD_SCORE.model_copy(update={"score": 5.0})
    fresh = merge_vulnerability(both, cve(configurations=OTHER, cvss=(better,)), kind="nvd")
    assert (fresh.configurations, fresh.cvss) == (OTHER, (better, CNA_SCORE))
    assert merge_vulnerability(fresh, cve(), kind="nvd").configurations == OTHER
    no_longer_affected = merge_vulnerability(fresh, cve(affected=()), kind="cve5")
    assert no_longer_affected.affected == ()


def test_rejection_and_analysis_state() -> None:
    assert merge_vulnerability(cve(), cve(state="rejected"), kind="cve5").state == "rejected"
    assert merge_vulnerability(cve(state="rejected"), cve(), kind="cve5").state == "published"
    assert merge_vulnerability(cve(state="awaiting-analysis"), cve(), kind="cve5").state == "awaiting-analysis"
    assert merge_vulnerability(cve(), cve(state="awaiting-analysis"), kind="nvd").state == "awaiting-analysis"


def test_vulnerability_counts() -> None:
    known = {"CVE-2026-1111": cve(description="old")}
    records = [cve(description="new"), Vulnerability(cve_id="CVE-2026-2222"), Vulnerability(cve_id="CVE-2026-2222")]
    decision = decide_vulnerabilities(records, known, kind="nvd")
    assert (decision.added, decision.updated, decision.unchanged, len(decision.put)) == (1, 1, 0, 2)
    again = decide_vulnerabilities(records, {r.cve_id: r for r in decision.put}, kind="nvd")
    assert (again.put, again.unchanged) == ((), 2)


def advisory(version: str, at: datetime) -> Advisory:
    return Advisory(
        id="ns::1", tracking_id="1", publisher="p", title="t", version=version, published_at=NOW, updated_at=at
    )


def test_an_older_release_never_replaces_a_newer_advisory() -> None:
    new, old = advisory("2", NOW), advisory("1", NOW - timedelta(days=1))
    assert decide_advisories([new], {}).added == 1
    assert decide_advisories([new], {"ns::1": new}).unchanged == 1
    update = decide_advisories([new], {"ns::1": old})
    assert (update.updated, update.put) == (1, (new,))
    refused = decide_advisories([old], {"ns::1": new})
    assert (refused.put, refused.skipped[0].reason) == ((), "is an older release than the one that is kept")
    both = decide_advisories([new, old], {})
    assert (both.put, both.added, len(both.skipped)) == ((new,), 1, 1)
