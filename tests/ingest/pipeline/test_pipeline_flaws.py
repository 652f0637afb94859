"""A refresh of KEV, EPSS, NVD and CSAF: cursors, windows, rate limits, and what is gone."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import pipeline
from ingest.http import FetchResult
from ingest.sources import nvd
from tests.ingest.pipeline.world import NOW, OPTIONS, FakeWeb, csaf, kev, nvd_page, nvd_source, run, source


def test_kev_older_then_newer_shows_exactly_the_new_entries(store: Any, web: FakeWeb, shared_data: Path) -> None:
    source_ = source("kev", kind="kev")
    old, new = (shared_data / "kev" / n for n in ("kev_2025-08-25_cisagov.json", "kev_2026-08-07.json"))
    web.answers[source_.url] = old.read_bytes()
    assert run(store, web, source_)["kev"].added == 1404
    before = set(store.kev_all())
    web.answers[source_.url] = new.read_bytes()
    report = run(store, web, source_, now=NOW + timedelta(days=1))["kev"]
    added = set(store.kev_all()) - before
    expected = {e["cveID"] for e in json.loads(new.read_text("utf-8"))["vulnerabilities"]} - before
    assert (report.added, added) == (258, expected)
    assert report.added + report.updated + report.unchanged == 1662
    web.answers[source_.url] = old.read_bytes()
    back = run(store, web, source_, now=NOW + timedelta(days=2))["kev"]
    assert (back.added, back.updated, len(store.kev_all())) == (0, 0, 1662)
    assert "older than that of 2026.08.07" in back.sentence


def test_kev_entry_that_is_gone_is_marked(store: Any, web: FakeWeb) -> None:
    source_ = source("kev", kind="kev")
    web.answers[source_.url] = kev(1111, 2222, version="2026.08.06")
    run(store, web, source_)
    web.answers[source_.url] = kev(1111)
    report = run(store, web, source_, now=NOW + timedelta(days=1))["kev"]
    assert (report.updated, report.skipped[0].subject) == (1, "CVE-2026-2222")
    assert store.kev_all()["CVE-2026-2222"].removed_on == (NOW + timedelta(days=1)).date()


def test_epss(store: Any, web: FakeWeb) -> None:
    source_ = source("epss", kind="epss")
    head = "#model_version:v1,score_date:2026-08-07T00:00:00Z\ncve,epss,percentile\n"
    web.answers[source_.url] = gzip.compress((head + "CVE-2026-1111,0.5,0.9\nCVE-2026-2222,0.1,0.2\n").encode())
    assert run(store, web, source_)["epss"].added == 2
    web.answers[source_.url] = gzip.compress((head + "CVE-2026-1111,0.6,0.9\nCVE-2026-3333,0.1,0.2\n").encode())
    report = run(store, web, source_, now=NOW + timedelta(days=1))["epss"]
    assert (report.added, report.updated) == (1, 1)


# ---- NVD


def test_nvd_pages_cursor_and_key(store: Any, web: FakeWeb) -> None:
    source_, since = nvd_source(), NOW - nvd.CONFIG.first_window
    web.answers[nvd.window_url(source_.url, since, NOW, 0)] = nvd_page("CVE-2026-1111", "CVE-2026-2222", total=3)
    web.answers[nvd.window_url(source_.url, since, NOW, 2)] = nvd_page("CVE-2026-3333", total=3, start=2)
    report = run(store, web, source_, options=replace(OPTIONS, nvd_api_key="k"))["nvd"]
    assert (report.added, store.source_state("nvd").cursor) == (3, NOW.isoformat())
    assert {tuple(headers.items()) for _, _, headers in web.asked} == {(("apiKey", "k"),)}
    later = NOW + timedelta(hours=3)
    web.answers[nvd.window_url(source_.url, NOW, later, 0)] = nvd_page()
    second = run(store, web, source_, now=later)["nvd"]
    assert (second.outcome, second.added) == ("read", 0)
    assert store.source_state("nvd").cursor == later.isoformat()


def test_nvd_keeps_what_it_has_when_a_page_fails_and_asks_again(store: Any, web: FakeWeb) -> None:
    source_ = nvd_source()
    store.put_state(
        pipeline.SourceState(source_id="nvd", url=source_.url, cursor=(NOW - timedelta(days=200)).isoformat())
    )
    begin = NOW - timedelta(days=200)
    middle = begin + nvd.CONFIG.window
    web.answers[nvd.window_url(source_.url, begin, middle, 0)] = nvd_page("CVE-2026-1111")
    web.answers[nvd.window_url(source_.url, middle, NOW, 0)] = FetchResult("http-error", "answered 503", 503)
    report = run(store, web, source_)["nvd"]
    assert (report.outcome, report.added, report.skipped[0].subject) == ("read", 1, "further pages")
    assert store.source_state("nvd").cursor == middle.isoformat()
    web.answers[nvd.window_url(source_.url, middle, NOW, 0)] = nvd_page("CVE-2026-2222")
    again = run(store, web, source_, options=replace(OPTIONS, force=True))["nvd"]
    assert (again.added, store.source_state("nvd").cursor) == (1, NOW.isoformat())


def test_nvd_failing_at_once_keeps_its_cursor(store: Any, web: FakeWeb) -> None:
    report = run(store, web, nvd_source())["nvd"]
    assert (report.outcome, store.source_state("nvd").cursor) == ("http-error", "")


def test_nvd_halves_a_window_that_has_too_many_pages(
    memory: Any, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvd, "CONFIG", nvd.Config(page_size=2, max_pages=6, first_window=timedelta(days=8)))
    source_ = nvd_source()
    changed = {f"CVE-2026-{1000 + n}": NOW - timedelta(days=8) + timedelta(hours=6 * n + 1) for n in range(32)}

    class Nvd(FakeWeb):
        def fetch(self, url: str, **more: Any) -> FetchResult:
            self.asked.append((url, None, {}))
            query = dict(part.split("=") for part in url.split("?")[1].split("&"))
            first, last = (
                datetime.fromisoformat(query[f"lastMod{end}Date"].replace("%3A", ":").replace("%2B", "+"))
                for end in ("Start", "End")
            )
            found = [cve for cve, at in changed.items() if first <= at <= last]
            start = int(query["startIndex"])
            body = nvd_page(*found[start : start + 2], total=len(found), start=start)
            return FetchResult("read", status=200, body=body, final_url=url)

    asked = Nvd()
    now = NOW
    for _ in range(20):
        report = run(memory, asked, source_, now=now, options=replace(OPTIONS, force=True))["nvd"]
        assert report.outcome == "read"
        if set(memory.vulnerabilities) == set(changed):
            break
    assert set(memory.vulnerabilities) == set(changed)


def test_nvd_halves_a_window_whose_page_is_too_large(memory: Any, web: FakeWeb) -> None:
    source_, begin = nvd_source(), NOW - nvd.CONFIG.first_window
    middle = begin + nvd.CONFIG.first_window / 2
    web.answers[nvd.window_url(source_.url, begin, NOW, 0)] = FetchResult("too-large", "sent more than 24 MB", 200)
    web.answers[nvd.window_url(source_.url, begin, middle, 0)] = nvd_page("CVE-2026-1111")
    web.answers[nvd.window_url(source_.url, middle, NOW, 0)] = nvd_page("CVE-2026-2222")
    assert run(memory, web, source_)["nvd"].added == 2
    assert memory.states["nvd"].cursor == NOW.isoformat()


def test_rate_limit_without_a_key_is_five_in_thirty_seconds(memory: Any, web: FakeWeb) -> None:
    slept: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    source_, since = nvd_source(), NOW - nvd.CONFIG.first_window
    for n in range(12):
        page = nvd_page(f"CVE-2026-{1000 + n}", total=12, start=n)
        web.answers[nvd.window_url(source_.url, since, NOW, n)] = page
    run(memory, web, source_, options=replace(OPTIONS, clock=lambda: clock[0], sleep=sleep))
    assert slept == [30.0, 30.0]
    slept.clear()
    memory.states.clear()
    run(memory, web, source_, options=replace(OPTIONS, clock=lambda: clock[0], sleep=sleep, nvd_api_key="k"))
    assert slept == []


# ---- CSAF


def test_csaf_lists_lead_to_documents_and_only_changed_ones_are_read_later(store: Any, web: FakeWeb) -> None:
    source_ = source("csaf", kind="csaf", url="https://p.example/provider-metadata.json")
    feeds = [{"tlp_label": "WHITE", "url": "https://p.example/white.json"}]
    web.answers[source_.url] = json.dumps({"distributions": [{"rolie": {"feeds": feeds}}]}).encode()

    def rolie(*days: int) -> bytes:
        entries = [
            {"updated": f"2026-08-{d:02}T00:00:00Z", "content": {"src": f"https://p.example/{d}.json"}} for d in days
        ]
        return json.dumps({"feed": {"entry": entries}}).encode()

    web.answers["https://p.example/white.json"] = rolie(1, 2, 3)
    web.answers |= {f"https://p.example/{d}.json": csaf(d, d) for d in (1, 3, 4)}
    first = run(store, web, source_)["csaf"]
    assert (first.added, first.skipped[0].subject) == (2, "2.json")
    assert store.source_state("csaf").cursor.startswith("2026-08-03")
    web.asked.clear()
    assert run(store, web, source_, now=NOW + timedelta(days=1))["csaf"].outcome == "unchanged"
    web.answers["https://p.example/white.json"] = rolie(1, 2, 3, 4)
    web.asked.clear()
    assert run(store, web, source_, now=NOW + timedelta(days=2))["csaf"].added == 1
    assert [url for url, _, _ in web.asked][-1] == "https://p.example/4.json"
    assert len(web.asked) == 3


def test_csaf_stops_where_the_server_stops_and_goes_on_there(store: Any, web: FakeWeb) -> None:
    source_ = source("csaf", kind="csaf", url="https://p.example/changes.csv")
    web.answers[source_.url] = b"".join(b'"%d.json","2026-08-%02dT00:00:00Z"\n' % (d, d) for d in (5, 4, 3, 2, 1))
    web.answers |= {f"https://p.example/{d}.json": csaf(d, d) for d in (1, 2, 3, 4, 5)}
    web.answers["https://p.example/3.json"] = FetchResult("timeout", "was not done within 30 s")
    first = run(store, web, source_)["csaf"]
    assert (first.added, first.skipped[-1].subject) == (2, "3 documents")
    assert store.source_state("csaf").cursor.startswith("2026-08-02")
    web.answers["https://p.example/3.json"] = csaf(3, 3)
    assert run(store, web, source_, now=NOW + timedelta(days=1))["csaf"].added == 3
