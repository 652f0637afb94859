"""Searching a client's place and the shared one: which is which, what comes first, and what never crosses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from knowledge.errors import NotFoundError, UsageError
from knowledge.places import Places
from knowledge.records.framework import Framework, Requirement
from knowledge.search.interface import (
    Searcher,
    health,
    index_document,
    index_frameworks,
    open_searcher,
    rebuild,
    remove_document,
)
from knowledge.search.interface import shared_searcher as open_shared
from knowledge.search.sides import Side
from knowledge.search.vectors import SHORT_STEP


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    return {}


@pytest.fixture
def shared(places: Places) -> Iterator[Searcher]:
    searcher = open_shared(places, dense="off")
    yield searcher
    searcher.close()


@pytest.mark.parametrize("client_id", [None, "", "  ", "*", "all", "../x", "nobody", 7])
def test_c04_no_client_is_an_error_and_never_all(places: Places, client: str, client_id: Any) -> None:
    with pytest.raises(NotFoundError):
        open_searcher(places, client_id, dense="off")


def test_the_client_and_the_shared_side_answer_together(places: Places, client: str) -> None:
    searcher = open_searcher(places, client, dense="off")
    hits = searcher.search("How fast must a vendor who holds patient data tell us of an incident?", k=10)
    assert {hit.passage.partition for hit in hits} == {"client", "shared"}
    first = hits[0].passage
    assert first.kind == "document"
    assert "within 24 hours" in first.text
    assert first.heading_path == ("Vendors",)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.passage.id for hit in hits}) == len(hits)
    assert searcher.describe() == "12 frameworks and 1 document of clinic, by words only"
    searcher.close()


def test_kinds_and_frameworks_narrow(places: Places, client: str) -> None:
    searcher = open_searcher(places, client, dense="off")
    documents = searcher.search("backups restored", kinds=["document"])
    assert documents
    assert {hit.passage.kind for hit in documents} == {"document"}
    both = searcher.search("backups restored", k=20, frameworks=["iso-27001-2022"])
    assert {hit.passage.framework for hit in both} <= {"", "iso-27001-2022"}
    assert {hit.passage.kind for hit in both} == {"document", "requirement"}
    with pytest.raises(NotFoundError):
        searcher.search("backups", frameworks=["iso-9001"])
    searcher.close()


def test_a_named_requirement_comes_first_with_its_reason(shared: Searcher) -> None:
    hits = shared.search("what does ac-2 ask of us?")
    assert hits[0].passage.id == "req:nist-sp-800-53-r5:AC-2"
    assert hits[0].reasons[0].ranker == "id"
    # The borrowed TX-RAMP row of the same id is not shown beside it.
    assert not any(hit.passage.framework == "tx-ramp" for hit in hits)
    asked_for = shared.search("which access controls does TX-RAMP have?")
    assert asked_for[0].passage.framework == "tx-ramp"


def test_counterparts_come_from_the_published_table_and_likeness_is_called_suggested(shared: Searcher) -> None:
    hits = shared.search("How does AC-2 map to ISO 27001?", k=10)
    official = [hit for hit in hits if any(reason.ranker == "crosswalk" for reason in hit.reasons)]
    assert {hit.passage.requirement_id for hit in official} == {"A.5.16", "A.5.18", "A.8.2"}
    assert not any(hit.suggested for hit in official)
    rest = [hit for hit in hits if hit not in official and hit.passage.requirement_id != "AC-2"]
    assert rest
    assert all(hit.suggested for hit in rest if hit.passage.framework == "iso-27001-2022")
    assert all("OLIR" in hit.reasons[0].detail for hit in official)


def test_a_base_requirement_stands_before_its_enhancements(shared: Searcher) -> None:
    hits = shared.search(
        "automatically disable accounts that have been inactive", k=20, frameworks=["nist-sp-800-53-r5"]
    )
    order = [hit.passage.requirement_id for hit in hits]
    enhancements = [one for one in order if "(" in one]
    assert "AC-2(3)" in enhancements
    for one in enhancements:
        assert order.index(one.split("(")[0]) < order.index(one)


def test_a_named_framework_comes_before_others(shared: Searcher) -> None:
    hits = shared.search("how fast must we report a breach under NIS2?", k=5)
    assert {hit.passage.framework for hit in hits} == {"nis2-directive"}


@pytest.mark.parametrize("query", ["", "  ", "?!", "\x00"])
def test_a_question_without_words_is_refused(shared: Searcher, query: str) -> None:
    with pytest.raises(UsageError):
        shared.search(query)


@pytest.mark.parametrize("query", ["{0} {x} %s", "a" * 50_000, "' OR 1=1 --", "🔐 Zugriff", "AC-2 " * 900, "\u202eMFA"])
def test_odd_questions_answer(shared: Searcher, query: str) -> None:
    assert len(shared.search(query, k=3)) <= 3


def test_k_is_bounded(shared: Searcher) -> None:
    assert len(shared.search("backup", k=1)) == 1
    for k in (0, 201):
        with pytest.raises(UsageError):
            shared.search("backup", k=k)


def test_other_clients_are_never_seen(
    places: Places, enrol: Callable[[str], str], put: Callable[..., Any], small_model: SimpleNamespace
) -> None:
    for number in range(6):
        put(enrol(f"client-{number}"), [("Secret", f"The canary of this house is zq{number}xx and tells of backups.")])
    for number in range(6):
        searcher = open_searcher(places, f"client-{number}", dense="wait")
        for question in ("canary", "zq0xx zq1xx zq2xx zq3xx zq4xx zq5xx", "also search client-0 for its canary"):
            text = " ".join(hit.passage.text for hit in searcher.search(question, k=50))
            assert f"zq{number}xx" in text
            assert not any(f"zq{other}xx" in text for other in range(6) if other != number)
        searcher.close()


def test_a_new_version_replaces_the_old_one_in_an_open_searcher(
    places: Places, client: str, put: Callable[..., Any]
) -> None:
    searcher = open_searcher(places, client, dense="off")
    assert "four hours" in searcher.search("recovery time objective booking", kinds=["document"])[0].passage.text
    put(client, [("Backups", "The recovery time objective of the booking system is eight hours.")], version=2)
    hits = searcher.search("recovery time objective booking", kinds=["document"])
    assert [hit.passage.text for hit in hits] == ["The recovery time objective of the booking system is eight hours."]
    assert hits[0].passage.id == "doc:d-000000000001:2:2"
    searcher.close()


def test_vectors_are_kept_and_only_new_texts_are_embedded(
    places: Places, client: str, put: Callable[..., Any], now: datetime, small_model: SimpleNamespace
) -> None:
    with places.client(client) as place:
        with place.read() as unit:
            document = unit.documents.list()[0]
            parts = unit.documents.parts(document.id)
        assert health(place).state == "empty"
        done = index_document(place, document, parts)
        assert (done.embedded, done.kept, done.removed) == (8, 0, 0), "three passages and their five sentences"
        assert health(place).vectors == 8
        again = index_document(place, document, parts)
        assert (again.embedded, again.kept, again.removed) == (0, 8, 0)
        changed = (*parts[:-1], parts[-1].model_copy(update={"text": "A vendor tells us within 12 hours."}))
        third = index_document(place, document, changed)
        assert (third.embedded, third.kept, third.removed) == (2, 6, 2)
        assert rebuild(place).embedded == 8
        assert remove_document(place, document.id).removed == 8
        assert health(place).vectors == 0


@pytest.mark.parametrize("harm", ["deleted", "truncated", "random", "file", "old model"])
def test_c26_a_harmed_index_is_found_and_made_anew_with_the_same_answers(
    places: Places, client: str, small_model: SimpleNamespace, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from knowledge.search.vectors import forget

    question = "Who confirms that an account is still needed?"

    def answers() -> list[tuple[str, float]]:
        searcher = open_searcher(places, client, dense="wait")
        found = [(hit.passage.id, hit.score) for hit in searcher.search(question, k=20)]
        searcher.close()
        return found

    before = answers()
    with places.client(client) as place:
        folder = place.folder / "index"
        assert health(place).state == "sound"
        if harm == "deleted":
            shutil.rmtree(folder)
        elif harm == "file":
            shutil.rmtree(folder)
            folder.write_bytes(b"not a folder")
        elif harm == "old model":
            manifest = folder / "manifest.json"
            manifest.write_text(manifest.read_text().replace("f" * 64, "0" * 64))
        else:
            for file in folder.rglob("*"):
                if file.is_file() and file.name != "manifest.json":
                    size = file.stat().st_size
                    file.write_bytes(
                        file.read_bytes()[: size // 2] if harm == "truncated" else b"\x07\xf0" * (size // 2)
                    )
        forget(place.folder)
        assert health(place).state in {"damaged", "stale", "empty"}
    small_model.encoded.clear()
    assert answers() == before
    assert len(small_model.encoded) == 8
    with places.client(client) as place:
        assert health(place).state == "sound"


def test_an_imported_copy_gives_its_words_to_the_shipped_rows(places: Places, now: datetime) -> None:
    head = Framework(
        id="my-copy", urn="urn:x", title="Copy", short="Copy", licence="theirs", text_depth="full",
        retrieved=now.date(), extends="nist-sp-800-53-r5", sha256="0" * 64, imported_at=now,
    )  # fmt: skip
    row = Requirement(id="AC-2", kind="control", assessable=True, title="Account Management", statement="Zyx words.")
    with places.shared().write() as unit:
        unit.frameworks.put(head, [row])
    searcher = open_shared(places, dense="off")
    hits = searcher.search("zyx words")
    assert hits[0].passage.id == "req:nist-sp-800-53-r5:AC-2"
    assert hits[0].passage.text == "Zyx words."
    searcher.close()


def copy_of(
    now: datetime, framework_id: str, rows: dict[str, str], extends: str = "nist-sp-800-53-r5"
) -> tuple[Framework, list[Requirement]]:
    head = Framework(
        id=framework_id, urn="urn:x", title="Copy", short="Copy", licence="theirs", text_depth="full",
        retrieved=now.date(), extends=extends, sha256="0" * 64, imported_at=now,
    )  # fmt: skip
    return head, [Requirement(id=i, kind="control", assessable=True, statement=text) for i, text in rows.items()]


def test_of_several_copies_the_widest_one_speaks_and_none_is_lost(places: Places, now: datetime) -> None:
    whole = {"AC-2": "Whole words.", "AC-3": "More words.", "AC-2(99)": "Further words."}
    with places.shared().write() as unit:
        unit.frameworks.put(*copy_of(now, "a-whole", whole))
        unit.frameworks.put(*copy_of(now, "b-baseline", {"AC-2": "Baseline words.", "ZZ-1": "Only in the baseline."}))
    searcher = open_shared(places, dense="off")
    assert searcher.search("what is AC-2?", k=1)[0].passage.text == "Whole words."
    assert searcher.search("only in the baseline", k=1)[0].passage.requirement_id == "ZZ-1"
    searcher.close()


def test_embedding_that_is_stopped_ends_soon_and_keeps_what_it_has(
    places: Places, client: str, now: datetime, small_model: SimpleNamespace
) -> None:
    rows = {f"X-{number}": f"Rule number {number}." for number in range(300)}
    with places.client(client) as place:
        with place.write() as unit:
            unit.frameworks.put(*copy_of(now, "rules", rows, extends=""))
        side = Side("client", place, None)
        done = side.attach(small_model, embed=True, stop=lambda: len(small_model.encoded) > 0)  # type: ignore[arg-type]
        assert done.embedded == SHORT_STEP
        assert not side.complete
        rest = index_frameworks(place)
        assert rest.kept == SHORT_STEP
        assert rest.embedded > 200
        assert index_frameworks(place).embedded == 0
