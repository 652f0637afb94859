"""A refresh: whole sources or nothing, one failure never stops the rest, and each ending has its sentence."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingest import pipeline
from ingest.http import FetchResult, Validators
from knowledge.errors import StoreError
from tests.ingest.pipeline.world import NOW, OPTIONS, FakeWeb, kev, rss, run, source


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
