"""A refresh: whole sources or nothing, one failure never stops the rest, and each ending has its sentence."""

from __future__ import annotations

import gzip
import importlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import pipeline, sandbox
from ingest.http import FetchResult, HttpLimits, Validators
from ingest.pipeline import Options, refresh
from ingest.sources import nvd
from knowledge.errors import BadInputError, NotFoundError, StoreError
from knowledge.places import Places
from knowledge.records.source import RefreshReport, Source, SourceKind, SourceReport

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
OPTIONS = Options(jitter=lambda: 0.0, sleep=lambda seconds: None, lookup_limit=0)


@dataclass
class FakeWeb:
    """Answers by URL; remembers what was asked, with which validators and headers."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Validators | None, dict[str, str]]] = field(default_factory=list)

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = "*/*",
        limits: HttpLimits | None = None,
        now: datetime | None = None,
    ) -> FetchResult:
        self.asked.append((url, validators, dict(headers or {})))
        answer = self.answers.get(url)
        if callable(answer):
            answer = answer()
        if answer is None:
            return FetchResult("http-error", "answered 404: nothing is at this address", 404, final_url=url)
        if isinstance(answer, bytes):
            return FetchResult("read", status=200, body=answer, etag='"1"', last_modified="then", final_url=url)
        assert isinstance(answer, FetchResult)
        return replace(answer, final_url=answer.final_url or url)


def source(source_id: str, kind: SourceKind = "feed", url: str = "", **more: Any) -> Source:
    return Source(id=source_id, kind=kind, title=source_id.title(), url=url or f"https://{source_id}.example/", **more)


def rss(*titles: str) -> bytes:
    items = "".join(f"<item><title>{t}</title><guid>{n}</guid></item>" for n, t in enumerate(titles))
    return f"<rss><channel><title>t</title>{items}</channel></rss>".encode()


def kev(*numbers: int, version: str = "2026.08.07", count: int | None = None) -> bytes:
    entries = [
        {"cveID": f"CVE-2026-{n}", "vendorProject": "V", "product": "P", "dateAdded": "2026-08-07"} for n in numbers
    ]
    head = {"catalogVersion": version, "count": len(entries) if count is None else count}
    return json.dumps({**head, "vulnerabilities": entries}).encode()


def nvd_page(*cves: str, total: int | None = None, start: int = 0) -> bytes:
    records = [
        {"cve": {"id": cve, "published": "2026-08-01T00:00:00", "lastModified": "2026-08-02T00:00:00"}} for cve in cves
    ]
    head = {"format": "NVD_CVE", "version": "2.0", "startIndex": start, "totalResults": total or len(cves)}
    return json.dumps({**head, "vulnerabilities": records}).encode()


def cve_record(cve: str) -> bytes:
    cna = {"affected": [{"vendor": "v", "product": "p"}], "descriptions": [{"lang": "en", "value": "x"}]}
    metadata = {"cveId": cve, "state": "PUBLISHED"}
    record = {"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": metadata, "containers": {"cna": cna}}
    return json.dumps(record).encode()


def run(
    store: Any, web: Any, *sources: Source, now: datetime = NOW, options: Options = OPTIONS, **more: Any
) -> dict[str, SourceReport]:
    report = refresh(store, sources, now=now, fetcher=web, options=options, **more)
    assert isinstance(report, RefreshReport)
    return {one.source_id: one for one in report.sources}


@pytest.fixture(autouse=True)
def in_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse in this process, with the same trip through JSON: the child process has its own tests, and costs time."""
    if "shared_data" in request.fixturenames:
        return

    def run_here(
        target: str, documents: Sequence[tuple[str, bytes]], options: dict[str, Any], limits: sandbox.Limits
    ) -> Iterator[Any]:
        module, _, name = target.partition(":")
        parse = getattr(importlib.import_module(module), name)
        for subject, data in documents:
            try:
                yield json.loads(json.dumps(parse(data, options)))
            except BadInputError as error:
                yield BadInputError(error.message, subject=subject, hint=error.hint)

    monkeypatch.setattr(sandbox, "_run_child", run_here)


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return request.getfixturevalue("memory")
    places: Places = request.getfixturevalue("places")
    return places.shared().facts(NOW)


# ---- feeds and states


def test_first_second_and_edited_reading(store: Any, web: FakeWeb) -> None:
    news = source("news")
    web.answers[news.url] = rss("one", "two")
    first = run(store, web, news)["news"]
    assert (first.outcome, first.added, first.sentence) == ("read", 2, "News: 2 items are new.")
    assert first.next_check_at == NOW + timedelta(hours=1)
    state = store.source_state("news")
    assert (state.etag, state.last_modified, state.parser_version) == ('"1"', "then", 1)
    assert (state.checked_at, state.fetched_at, state.consecutive_failures, state.error) == (NOW, NOW, 0, "")

    early = run(store, web, news, now=NOW + timedelta(minutes=5))["news"]
    assert (early.outcome, len(web.asked)) == ("not-due", 1)
    assert early.sentence == "News is not due before 07:30 UTC."

    later = NOW + timedelta(hours=2)
    same = run(store, web, news, now=later)["news"]
    assert (same.outcome, same.added) == ("unchanged", 0)
    assert web.asked[-1][1] == Validators(news.url, '"1"', "then")

    web.answers[news.url] = rss("one, edited", "two", "three")
    third = run(store, web, news, now=later + timedelta(hours=2))["news"]
    assert (third.added, third.updated, third.unchanged) == (1, 1, 1)
    assert third.sentence == "News: 1 item is new, 1 changed, 1 as before."
    items = store.news_since(NOW)
    assert sorted(item.title for item in items) == ["one, edited", "three", "two"]
    assert {i.first_seen_at for i in items if i.title == "one, edited"} == {NOW}


def test_not_modified_keeps_validators(store: Any, web: FakeWeb) -> None:
    news = source("news")
    web.answers[news.url] = rss("one")
    run(store, web, news)
    web.answers[news.url] = FetchResult("unchanged", "has nothing new since the last check", 304)
    report = run(store, web, news, now=NOW + timedelta(hours=2))["news"]
    assert report.sentence == "News has nothing new since the last check."
    assert store.source_state("news").etag == '"1"'
    assert len(store.news_since(NOW)) == 1


FAILURES = [
    FetchResult("rate-limited", "answered 429; asked to wait 3 hours", 429, retry_after=timedelta(hours=3)),
    FetchResult("gone", "answered 410: gone", 410),
    FetchResult("http-error", "answered 503: the server has a fault", 503),
    FetchResult("tls-error", "its TLS certificate was not accepted (expired)"),
    FetchResult("timeout", "was not done within 30 s"),
    FetchResult("too-large", "sent more than 15 MB", 200),
    FetchResult("refused", "x.example leads inside"),
    FetchResult("unreachable", "could not be reached"),
    FetchResult("empty", "answered with nothing in it", 200),
    b"<!doctype html><html>maintenance</html>",
    b"<rss><channel><title>t</title></channel></rss>",
    b"\x89PNG",
]


@pytest.mark.parametrize("answer", FAILURES, ids=lambda a: a.outcome if isinstance(a, FetchResult) else repr(a[:12]))
def test_c21_a_failure_has_its_sentence_keeps_what_was_there_and_never_stops_the_rest(
    store: Any, web: FakeWeb, answer: Any
) -> None:
    bad, good = source("bad"), source("good")
    web.answers |= {bad.url: rss("kept"), good.url: rss("a")}
    run(store, web, bad, good)
    web.answers |= {bad.url: answer, good.url: rss("a", "b")}
    later = NOW + timedelta(hours=5)
    reports = run(store, web, bad, good, now=later)
    assert reports["good"].added == 1
    failed = reports["bad"]
    assert failed.outcome not in ("read", "unchanged", "not-due")
    assert failed.sentence.startswith("Bad ")
    assert "next try" in failed.sentence
    assert failed.sentence.endswith(".")
    state = store.source_state("bad")
    assert (state.consecutive_failures, state.outcome) == (1, failed.outcome)
    assert state.error in failed.sentence
    assert (state.fetched_at, state.etag) == (NOW, '"1"')
    assert "kept" in {item.title for item in store.news_since(NOW)}


def test_waits_after_failures_grow_and_follow_the_server(store: Any, web: FakeWeb) -> None:
    bad = source("bad")
    web.answers[bad.url] = FAILURES[0]
    assert run(store, web, bad)["bad"].sentence == "Bad answered 429; asked to wait 3 hours; next try 09:30 UTC."
    web.answers[bad.url] = FAILURES[2]
    report = run(store, web, bad, now=NOW + timedelta(hours=20))["bad"]
    assert report.sentence.endswith("has a fault; 2 failures in a row; next try 02:50 UTC.")
    waiting = run(store, web, bad, now=NOW + timedelta(hours=20, minutes=1))["bad"]
    assert (waiting.outcome, "at the last check it answered 503" in waiting.sentence) == ("not-due", True)
    forced = run(store, web, bad, now=NOW + timedelta(hours=20, minutes=1), options=replace(OPTIONS, force=True))["bad"]
    assert forced.outcome == "http-error"
    web.answers[bad.url] = rss("back")
    assert run(store, web, bad, now=NOW + timedelta(days=3))["bad"].added == 1
    assert store.source_state("bad").consecutive_failures == 0


def test_a_truncated_feed_gives_its_whole_items_and_is_read_in_full_next_time(store: Any, web: FakeWeb) -> None:
    news = source("news")
    web.answers[news.url] = rss("one", "two")[:-40]
    report = run(store, web, news)["news"]
    assert (report.outcome, report.added) == ("truncated", 1)
    assert "cut off at the end" in report.sentence
    assert store.source_state("news").etag == ""
    web.answers[news.url] = rss("one", "two")
    assert run(store, web, news, now=NOW + timedelta(hours=2))["news"].added == 1


def test_a_new_parser_reads_again_what_has_not_changed(
    store: Any, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = source("news")
    web.answers[news.url] = rss("one")
    run(store, web, news)
    monkeypatch.setitem(pipeline.PARSER_VERSIONS, "feed", 2)
    report = run(store, web, news, now=NOW + timedelta(hours=2))["news"]
    assert (report.outcome, report.unchanged) == ("read", 1)
    assert web.asked[-1][1] == Validators()


def test_disabled_sources_are_left_alone(store: Any, web: FakeWeb) -> None:
    assert run(store, web, source("off", enabled=False)) == {}
    assert web.asked == []


def test_an_address_that_moved_for_good_is_told(store: Any, web: FakeWeb) -> None:
    news = source("news")
    web.answers[news.url] = FetchResult(
        "read", status=200, body=rss("a"), final_url="https://new.example/f", moved=True
    )
    report = run(store, web, news)["news"]
    assert "https://new.example/f" in report.skipped[0].reason
    assert store.source_state("news").url == "https://new.example/f"


def test_a_fault_of_ours_in_one_source_is_a_sentence(store: Any, web: FakeWeb) -> None:
    def trip() -> FetchResult:
        raise ZeroDivisionError("division by zero")

    bad, good = source("bad"), source("good")
    web.answers |= {bad.url: trip, good.url: rss("a")}
    reports = run(store, web, bad, good)
    assert reports["good"].added == 1
    assert "ZeroDivisionError" in reports["bad"].sentence


def test_sources_are_fetched_side_by_side(memory: Any, web: FakeWeb) -> None:
    meeting = threading.Barrier(4, timeout=20)

    def together() -> bytes:
        meeting.wait()
        return rss("a")

    sources = [source(f"s{n}") for n in range(4)]
    web.answers |= {one.url: together for one in sources}
    assert {one.outcome for one in run(memory, web, *sources).values()} == {"read"}


def test_facts_and_state_are_one_transaction(memory: Any, web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = source("good"), source("bad", kind="kev")
    web.answers |= {good.url: rss("a"), bad.url: kev(1111)}
    real = memory.put_state

    def fail(state: Any) -> None:
        real(state)
        if state.source_id == "bad":
            raise StoreError("the disk is full")

    monkeypatch.setattr(memory, "put_state", fail)
    with pytest.raises(StoreError):
        run(memory, web, good, bad, options=replace(OPTIONS, workers=1))
    assert memory.kev == {}
    assert "bad" not in memory.states
    assert ("good" in memory.states) == bool(memory.news)


def test_progress_tells_each_source(memory: Any, web: FakeWeb) -> None:
    told: list[tuple[str, int, int]] = []
    one, two = source("one"), source("two")
    web.answers |= {one.url: rss("a"), two.url: rss("b")}
    run(memory, web, one, two, progress=lambda text, done, total: told.append((text, done, total)))
    assert sorted(text for text, _, _ in told) == ["One", "Two"]
    assert [(done, total) for _, done, total in told] == [(1, 2), (2, 2)]


# ---- KEV, EPSS


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


def nvd_source() -> Source:
    return source("nvd", kind="nvd", url="https://nvd.example/cves/2.0")


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


# ---- look-ups by id


def both() -> tuple[Source, Source]:
    return nvd_source(), source("cve", kind="cve5", url="https://cve.example/api/cve/")


LOOKING = replace(OPTIONS, lookup_limit=60)


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


# ---- CSAF


def csaf(number: int, day: int) -> bytes:
    at = f"2026-08-{day:02}T00:00:00Z"
    document = {
        "category": "csaf_base", "csaf_version": "2.0", "title": f"A{number}",
        "publisher": {"name": "P", "namespace": "https://p.example"},
        "tracking": {"id": f"A{number}", "initial_release_date": at, "current_release_date": at},
    }  # fmt: skip
    return json.dumps({"document": document}).encode()


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


# ---- from a folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    place.mkdir()
    (place / "news.xml").write_bytes(rss("one CVE-2026-5555"))
    (place / "kev.json").write_bytes(kev(1111))
    (place / "epss.csv").write_text("cve,epss,percentile\nCVE-2026-1111,0.5,0.9\n")
    (place / "advisories").mkdir()
    (place / "advisories/a1.json").write_bytes(csaf(1, 1))
    (place / "advisories/deep").mkdir()
    (place / "advisories/deep/a2.json").write_bytes(csaf(2, 2))
    (place / "advisories/broken.json").write_text("{")
    (place / "cve").mkdir()
    (place / "cve/CVE-2026-5555.json").write_bytes(cve_record("CVE-2026-5555"))
    (place / "nvd.json").write_bytes(nvd_page("CVE-2026-1111"))
    (place / "stray.txt").write_text("x")
    return place


def all_kinds() -> list[Source]:
    return [
        source("news"),
        source("kev", kind="kev"),
        source("epss", kind="epss"),
        source("csaf", kind="csaf", file="advisories"),
        source("cve", kind="cve5"),
        source("nvd", kind="nvd"),
        source("absent"),
        source("outside", file="../../etc/passwd"),
    ]


def test_the_same_from_a_folder_asks_nobody(store: Any, web: FakeWeb, folder: Path) -> None:
    reports = run(store, web, *all_kinds(), from_dir=folder, options=LOOKING)
    assert web.asked == []
    added = {name: reports[name].added for name in ("news", "kev", "epss", "csaf", "cve", "nvd")}
    assert added == {"news": 1, "kev": 1, "epss": 1, "csaf": 2, "cve": 1, "nvd": 1}
    assert [skip.subject for skip in reports["csaf"].skipped] == ["broken.json"]
    assert (reports["absent"].outcome, reports["outside"].outcome) == ("missing", "missing")
    assert "looked for absent.xml or absent.rss or absent.atom" in reports["absent"].sentence
    assert [skip.subject for skip in reports["folder"].skipped] == ["stray.txt"]
    state = store.source_state("news")
    assert (state.etag, state.next_check_at) == ("", None)
    again = run(store, web, *all_kinds(), from_dir=folder)
    assert {again[name].outcome for name in added} == {"unchanged"}
    with pytest.raises(NotFoundError):
        run(store, web, from_dir=folder / "nowhere")


def test_a_folder_then_the_network_asks_for_everything(store: Any, web: FakeWeb, folder: Path) -> None:
    news = source("news")
    web.answers[news.url] = rss("one CVE-2026-5555", "two")
    run(store, web, news)
    run(store, web, news, from_dir=folder)
    run(store, web, news, now=NOW + timedelta(hours=3))
    assert web.asked[-1][1] == Validators(news.url, "", "")


def test_all_real_data_from_a_folder(places: Places, web: FakeWeb, shared_data: Path, tmp_path: Path) -> None:
    sources = [
        *(source(path.stem, file=f"feeds/{path.name}") for path in sorted((shared_data / "feeds").glob("*.xml"))),
        source("kev", kind="kev", file="kev/kev_2026-08-07.json"),
        source("epss", kind="epss", file="epss/epss_50_cves_2026-07-04_vulnctl.csv"),
        source("csaf", kind="csaf", file="csaf"),
        source("nvd", kind="nvd", file="nvd/osv_nvd2"),
        source("cve", kind="cve5", file="nvd/osv_nvd2/vulnfeeds/test_data/cve5"),
    ]
    store = places.shared().facts(NOW)
    reports = run(store, web, *sources, from_dir=shared_data)
    added = {name: report.added for name, report in reports.items() if name not in ("folder", "nvd", "cve")}
    assert added == {
        "bleepingcomputer": 62, "cybersecuritynews": 175, "darkreading": 22, "securityweek": 61, "stepsecurity": 3,
        "thehackernews": 48, "kev": 1662, "epss": 50, "csaf": 43,
    }  # fmt: skip
    # Who comes first of NVD and the CVE list adds a CVE that both have; the other one updates it.
    assert sum(reports[name].added for name in ("nvd", "cve")) == 36
    assert (reports["csaf"].unchanged, len(reports["csaf"].skipped)) == (19, 16)
    assert {report.outcome for report in reports.values()} == {"read"}
