"""News, advisories and KEV entries of the shared place are found with publisher and day, and apart from documents."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from knowledge.places import Places
from knowledge.records.advisory import Advisory
from knowledge.records.news import NewsItem
from knowledge.records.source import Source
from knowledge.records.vulnerability import KevEntry
from knowledge.search.index import SNAPSHOT
from knowledge.search.interface import health, index_news, open_searcher, shared_searcher
from knowledge.search.news import KEPT_DAYS
from knowledge.search.vectors import forget


def item(number: int, title: str, summary: str, at: datetime) -> NewsItem:
    return NewsItem(
        id=f"n-{number:016x}", source_id="desk", identity=f"guid:{number}", title=title, summary=summary,
        link="https://desk.example/x", published_at=at, first_seen_at=at, last_changed_at=at,
        content_sha256=f"{number:064x}",
    )  # fmt: skip


@pytest.fixture
def brought(places: Places, now: datetime) -> Places:
    with places.shared().write() as unit:
        unit.sources.put(Source(id="desk", kind="feed", title="Desk", publisher="The Desk", url="https://desk.example"))
        unit.news.put(
            [
                item(1, "Fortinet fixes a flaw in FortiOS", "Intruders read files through CVE-2025-68686.", now),
                item(2, "A bakery opens", "Bread for everyone.", now),
                item(3, "Fortinet had another flaw", "Long ago.", now - timedelta(days=KEPT_DAYS + 1)),
            ]
        )
        unit.vulnerabilities.put_kev(
            [
                KevEntry(
                    cve_id="CVE-2025-68686", vendor="Fortinet", product="FortiOS", date_added=now.date(),
                    due_date=now.date() + timedelta(days=3), description="FortiOS discloses files.",
                )
            ],
            changed_at=now,
        )  # fmt: skip
        advisory = Advisory(
            id="x::A-1", tracking_id="A-1", publisher="Vendor Desk", title="FortiOS: update", summary="Update FortiOS.",
            published_at=now, updated_at=now,
        )  # fmt: skip
        unit.advisories.put([advisory], changed_at=now)
    return places


def test_each_kind_is_found_with_who_said_it_and_when(brought: Places, now: datetime) -> None:
    searcher = shared_searcher(brought, dense="off")
    hits = searcher.search("Fortinet FortiOS flaw", k=5, kinds=("news", "advisory"))
    searcher.close()
    assert {hit.passage.id.split(":")[0] for hit in hits} == {"news", "kev", "advisory"}
    assert "Long ago." not in " ".join(hit.passage.text for hit in hits), f"older than {KEPT_DAYS} days"
    news = next(hit.passage for hit in hits if hit.passage.kind == "news")
    assert news.locator == f"The Desk, {now.date().isoformat()}"
    assert news.dated == now.date()
    assert "https" not in news.text
    kev = next(hit.passage for hit in hits if hit.passage.id == "kev:CVE-2025-68686")
    assert f"added to CISA's catalogue of exploited flaws on {now.date().isoformat()}" in kev.text


def test_kinds_keep_news_out_and_no_kind_takes_all(brought: Places) -> None:
    searcher = shared_searcher(brought, dense="off")
    apart = searcher.search("Fortinet FortiOS flaw", kinds=("requirement", "document"))
    assert {hit.passage.kind for hit in apart} == {"requirement"}
    assert "news" not in searcher.describe()
    assert "news" in {hit.passage.kind for hit in searcher.search("Fortinet FortiOS flaw")}
    assert "3 news items and advisories" not in searcher.describe()
    assert "4 news items and advisories" in searcher.describe()
    searcher.close()


def test_what_comes_later_is_found_by_an_open_searcher(brought: Places, now: datetime) -> None:
    searcher = shared_searcher(brought, dense="off")
    assert "Gadget" not in searcher.search("Gadget flaw", kinds=("news",))[0].passage.title
    later = now + timedelta(hours=1)
    with brought.shared().write() as unit:
        unit.news.put([item(9, "Gadget flaw exploited", "The Gadget is attacked.", later)])
    assert searcher.search("Gadget flaw", kinds=("news",))[0].passage.title == "Gadget flaw exploited"
    searcher.close()


def test_indexing_is_incremental_and_leaves_other_vectors_alone(brought: Places, client: str, now: datetime) -> None:
    first = index_news(brought.shared())
    assert (first.embedded, first.removed) == (4, 0)
    assert index_news(brought.shared()).embedded == 0
    with brought.shared().write() as unit:
        unit.news.put([item(10, "One more", "About a Widget.", now + timedelta(hours=2))])
    assert index_news(brought.shared()).embedded == 1
    searcher = open_searcher(brought, client, dense="wait")
    hit = searcher.search("About a Widget", kinds=("news",))[0]
    searcher.close()
    assert hit.passage.title == "One more"
    assert any(reason.ranker == "dense" for reason in hit.reasons)
    again = index_news(brought.shared())
    assert (again.embedded, again.kept, again.removed) == (0, 5, 0), "searching removed nothing"
    assert health(brought.shared()).vectors == 5


def test_vectors_are_read_without_chroma_until_a_byte_changes(
    places: Places, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers() -> list[tuple[str, float]]:
        searcher = open_searcher(places, client, dense="wait")
        found = [(hit.passage.id, hit.score) for hit in searcher.search("who keeps an account", k=20)]
        searcher.close()
        return found

    before = answers()
    with places.client(client) as place:
        index = place.folder / "index"
        forget(place.folder)
    read: list[str] = []
    whole = "knowledge.search.index.VectorIndex._read_in_child"
    original = __import__("knowledge.search.index", fromlist=["VectorIndex"]).VectorIndex._read_in_child

    def counted(self: object) -> object:
        read.append("child")
        return original(self)

    monkeypatch.setattr(whole, counted)
    assert answers() == before
    assert read == []
    for harm in ("snapshot", "chroma"):
        with places.client(client) as place:
            forget(place.folder)
        if harm == "snapshot":
            (index / SNAPSHOT).write_bytes(b"no longer one")
        else:
            (index / "note.txt").write_text("a file more")
        read.clear()
        assert answers() == before
        assert read == ["child"], harm


def test_sentences_of_documents_have_likenesses(places: Places, client: str) -> None:
    searcher = open_searcher(places, client, dense="wait")
    hits = searcher.search("recovery time objective", kinds=("document",))
    near = searcher.likeness("The recovery time objective of the booking system", [hit.passage for hit in hits])
    searcher.close()
    scores = {sentence: score for one in near.values() for sentence, score in one.items()}
    assert max(scores, key=lambda sentence: scores[sentence]).startswith("The recovery time objective")
    unread = open_searcher(places, client, dense="off")
    assert unread.likeness("anything", [hit.passage for hit in hits]) == {}
    unread.close()
