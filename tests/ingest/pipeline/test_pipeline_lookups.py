"""Look-ups by id after a refresh: once each, bounded, and the rest is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ingest.http import FetchResult
from ingest.sources import nvd
from knowledge.records.source import Source
from tests.ingest.pipeline.world import (
    LOOKING,
    NOW,
    OPTIONS,
    FakeWeb,
    cve_record,
    kev,
    nvd_page,
    nvd_source,
    rss,
    run,
    source,
)


def both() -> tuple[Source, Source]:
    return nvd_source(), source("cve", kind="cve5", url="https://cve.example/api/cve/")


def test_cves_named_in_news_and_kev_are_looked_up_once(store: Any, web: FakeWeb) -> None:
    nvd_, cve_ = both()
    news, kev_ = source("news"), source("kev", kind="kev")
    window = nvd.window_url(nvd_.url, NOW - nvd.CONFIG.first_window, NOW, 0)
    web.answers |= {news.url: rss("About CVE-2026-5555 and cve-2026-6666"), kev_.url: kev(1111), window: nvd_page()}
    for cve in ("CVE-2026-1111", "CVE-2026-5555"):
        web.answers[nvd.by_id_url(nvd_.url, cve)] = nvd_page(cve)
        web.answers[cve_.url + cve] = cve_record(cve)
    web.answers[nvd.by_id_url(nvd_.url, "CVE-2026-6666")] = nvd_page()
    reports = run(store, web, news, kev_, nvd_, cve_, options=LOOKING)
    assert reports["nvd-lookups"].added + reports["cve"].added == 2
    assert [skip.subject for skip in reports["cve"].skipped] == ["CVE-2026-6666"]
    found = store.vulnerabilities_by_id(["CVE-2026-1111", "CVE-2026-5555"])
    assert all(record.affected for record in found.values())
    assert len(found) == 2
    assert store.source_state("cve").outcome == "read"
    order = [url for url, _, _ in web.asked if url.startswith(cve_.url)]
    assert order[0].endswith("CVE-2026-1111")

    web.asked.clear()
    again = run(store, web, news, kev_, nvd_, cve_, now=NOW + timedelta(minutes=1), options=LOOKING)
    assert [url for url, _, _ in web.asked] == [url for url, _, _ in web.asked if "CVE-2026-6666" in url]
    assert again["cve"].sentence


def test_lookups_are_bounded_and_the_rest_is_told(store: Any, web: FakeWeb) -> None:
    nvd_, cve_ = both()
    news = source("news")
    web.answers[news.url] = rss(*(f"About CVE-2026-{1000 + n}" for n in range(40)))
    for n in range(40):
        cve = f"CVE-2026-{1000 + n}"
        web.answers[nvd.by_id_url(nvd_.url, cve)] = nvd_page(cve)
        web.answers[cve_.url + cve] = cve_record(cve)
    reports = run(store, web, news, nvd_, cve_, options=replace(OPTIONS, lookup_limit=25))
    assert reports["cve"].skipped[-1].subject == "15 CVEs"
    assert "not yet looked up" in reports["cve"].skipped[-1].reason
    assert reports["nvd-lookups"].skipped[-1].subject == "25 CVEs"
    assert len(store.known_cve_ids([f"CVE-2026-{1000 + n}" for n in range(40)])) == 25


def test_a_server_that_does_not_answer_is_left_alone(store: Any, web: FakeWeb) -> None:
    _, cve_ = both()
    news = source("news")
    web.answers[news.url] = rss(" ".join(f"CVE-2026-{1000 + n}" for n in range(10)))
    for n in range(10):
        web.answers[cve_.url + f"CVE-2026-{1000 + n}"] = FetchResult("timeout", "was not done within 30 s")
    report = run(store, web, news, cve_, options=LOOKING)["cve"]
    assert report.outcome == "timeout"
    assert len([url for url, _, _ in web.asked if url.startswith(cve_.url)]) == 3
    assert store.source_state("cve").consecutive_failures == 1
    assert report.skipped[-1].subject == "7 CVEs"


def test_many_unknown_kev_entries_are_read_from_nvds_own_list(store: Any, web: FakeWeb) -> None:
    nvd_, _ = both()
    kev_ = source("kev", kind="kev")
    ids = [f"CVE-2026-{1000 + n}" for n in range(70)]
    web.answers[kev_.url] = kev(*range(1000, 1070))
    web.answers[nvd.known_exploited_url(nvd_.url, 0)] = nvd_page(*ids[:40], total=70)
    web.answers[nvd.known_exploited_url(nvd_.url, 40)] = nvd_page(*ids[40:], total=70, start=40)
    reports = run(store, web, kev_, nvd_, options=LOOKING)
    assert store.known_cve_ids(ids) == set(ids)
    assert reports["nvd-lookups"].added == 70
    assert not [url for url, _, _ in web.asked if "cveId=" in url]
