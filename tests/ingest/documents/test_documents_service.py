"""Documents kept in a client's place: versions, originals, audit, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.documents.decide import decide, find_document
from ingest.documents.originals import keep_original, original_path, read_original, sweep
from ingest.documents.service import add_document, read_document, remove_document
from knowledge.audit import ChainHead, verify_chain
from knowledge.clients import add_client, new_ref, remove_client
from knowledge.errors import BadInputError, ConflictError, IntegrityError, NotFoundError, StoreError, UsageError
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.records.document import Document

V1 = b"# Backup Plan\n\n2.1 Records are back within 4 hours.\n"
V2 = b"# Backup Plan\n\n2.1 Records are back within 8 hours.\n"


@pytest.fixture
def place(places: Places, now: datetime) -> Iterator[ClientPlace]:
    add_client(places, Client(id="northgate", ref=new_ref(), name="Northgate", created_at=now), now)
    with places.client("northgate") as opened:
        yield opened


def actions(place: ClientPlace) -> list[tuple[str, str]]:
    with place.read() as unit:
        rows = list(unit.audit.rows())
        assert isinstance(verify_chain(rows), ChainHead)
    return [(row.action, row.subject) for row in rows if row.action.startswith("docs.")]


def files(place: ClientPlace) -> set[str]:
    return {path.name for path in (place.folder / "documents").rglob("*") if path.is_file()}


def test_a_document_is_kept_with_its_original(place: ClientPlace, now: datetime) -> None:
    outcome = add_document(place, read_document(V1, name="plan.md"), now)
    document = outcome.document
    assert (outcome.action, outcome.parts, document.version) == ("added", 2, 1)
    assert document.id == f"d-{hashlib.sha256(V1).hexdigest()[:12]}"
    assert read_original(place.folder, document) == V1
    path = original_path(place.folder, document.sha256, "markdown")
    assert path.parent.name == document.sha256[:2]
    assert path.name == f"{document.sha256}.md"
    with place.read() as unit:
        assert unit.documents.list() == (document,)
        assert [one.text for one in unit.documents.parts(document.id)] == [
            "Backup Plan",
            "2.1 Records are back within 4 hours.",
        ]
        assert unit.documents.part(document.id, 2).locator == "section 2.1"
        assert unit.documents.counts() == {document.id: 2}
        with pytest.raises(NotFoundError, match="has no part 3"):
            unit.documents.part(document.id, 3)
    assert actions(place) == [("docs.add", document.id)]


def test_the_same_bytes_change_nothing(place: ClientPlace, now: datetime) -> None:
    first = add_document(place, read_document(V1, name="plan.md"), now)
    again = add_document(place, read_document(V1, name="copy of plan.md"), now)
    assert (again.action, again.document) == ("unchanged", first.document)
    assert len(actions(place)) == 1


def test_a_new_version_keeps_the_old_one(place: ClientPlace, now: datetime) -> None:
    first = add_document(place, read_document(V1, name="plan.md"), now).document
    later = now + timedelta(days=1)
    second = add_document(place, read_document(V2, name="plan-2026.md"), later)
    assert (second.action, second.reason) == ("replaced", "the same title")
    assert (second.document.id, second.document.version) == (first.id, 2)
    with place.read() as unit:
        assert [one.version for one in unit.documents.list()] == [2]
        assert [(one.version, one.replaced_at) for one in unit.documents.versions(first.id)] == [(2, None), (1, later)]
        assert unit.documents.parts(first.id)[1].text.endswith("8 hours.")
        assert unit.documents.parts(first.id, 1)[1].text.endswith("4 hours.")
        assert unit.documents.hashes() == {first.sha256, second.document.sha256}
        with pytest.raises(NotFoundError, match="has no version 3"):
            unit.documents.get(first.id, 3)
    assert len(files(place)) == 2
    back = add_document(place, read_document(V1, name="plan.md"), later)
    assert (back.action, back.document.version) == ("replaced", 3)
    assert back.reason == "the same title, the bytes of version 1 again"
    assert len(files(place)) == 2
    assert [action for action, _ in actions(place)] == ["docs.add", "docs.replace", "docs.replace"]


def test_removal_leaves_nothing_but_a_line_in_the_chain(place: ClientPlace, now: datetime) -> None:
    first = add_document(place, read_document(V1, name="plan.md"), now).document
    add_document(place, read_document(V2, name="plan.md"), now)
    other = add_document(place, read_document(b"Other words.", name="other.txt"), now).document
    assert [one.version for one in remove_document(place, first.id, now)] == [2, 1]
    assert files(place) == {f"{other.sha256}.txt"}
    with place.read() as unit:
        assert unit.documents.list() == (other,)
        with pytest.raises(NotFoundError):
            unit.documents.parts(first.id)
    with pytest.raises(NotFoundError):
        remove_document(place, first.id, now)
    assert actions(place)[-1] == ("docs.remove", first.id)


def test_a_failure_half_way_keeps_the_old_state(
    place: ClientPlace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add_document(place, read_document(V1, name="plan.md"), now).document

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("knowledge.store.audit_rows.AuditRows.append", full)
        with pytest.raises(StoreError):
            add_document(place, read_document(V2, name="plan.md"), now)
    with place.read() as unit:
        assert unit.documents.list() == (first,)
        assert unit.documents.parts(first.id)[1].text.endswith("4 hours.")
        kept = unit.documents.hashes()
    assert len(files(place)) == 2, "the original that no row names"
    assert sweep(place.folder, kept) == 1
    assert read_original(place.folder, first) == V1


def test_an_original_that_changed_is_noticed(place: ClientPlace, now: datetime) -> None:
    document = add_document(place, read_document(V1, name="plan.md"), now).document
    path = original_path(place.folder, document.sha256, "markdown")
    path.write_bytes(V2)
    with pytest.raises(IntegrityError, match="not what was added"):
        read_original(place.folder, document)
    path.unlink()
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_original(place.folder, document)


def test_c24_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        keep_original(tmp_path, V1, hashlib.sha256(V1).hexdigest(), "markdown")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_another_client_never_sees_it(places: Places, place: ClientPlace, now: datetime) -> None:
    add_document(place, read_document(b"Canary words 7731.", name="a.txt"), now)
    add_client(places, Client(id="beta", ref=new_ref(), name="Beta", created_at=now), now)
    with places.client("beta") as other, other.read() as unit:
        assert unit.documents.list() == ()
    for path in (places.home / "clients" / "beta").rglob("*"):
        assert path.is_dir() or b"Canary words 7731" not in path.read_bytes()


def test_removing_the_client_removes_its_documents(places: Places, now: datetime) -> None:
    add_client(places, Client(id="gone", ref=new_ref(), name="Gone Ltd", created_at=now), now)
    with places.client("gone") as opened:
        add_document(opened, read_document(b"Canary words 7732.", name="a.txt"), now)
    remove_client(places, "gone", now)
    assert not [path for path in places.home.rglob("*") if path.is_file() and b"Canary words 7732" in path.read_bytes()]


def known(number: int, title: str, name: str, now: datetime) -> Document:
    return Document(
        id=f"d-{number:012x}",
        version=1,
        title=title,
        file_name=name,
        kind="text",
        sha256=f"{number:064x}",
        size=1,
        added_at=now,
    )


def test_which_document_a_file_replaces(now: datetime) -> None:
    documents = [
        known(1, "Access Policy", "access.docx", now),
        known(2, "Vendor Policy", "vendor.docx", now),
        known(3, "Vendor Policy", "vendor-eu.docx", now),
    ]

    def outcome(title: str, name: str, sha: int = 9, **options: object) -> tuple[str, str]:
        made = decide(documents, sha256=f"{sha:064x}", file_name=name, title=title, **options)  # type: ignore[arg-type]
        return made.action, made.document.id[-1] if made.document else ""

    assert outcome("Access Policy", "other.docx") == ("replaced", "1")
    assert outcome("Anything", "ACCESS.docx") == ("replaced", "1")
    assert outcome("Vendor Policy", "vendor-eu.docx") == ("replaced", "3")
    assert outcome("New Policy", "new.docx") == ("added", "")
    assert outcome("Access Policy", "new.docx", titled=False) == ("added", "")
    assert outcome("Access Policy", "access.docx", new=True) == ("added", "")
    assert outcome("Access Policy", "access.docx", sha=2) == ("unchanged", "2")
    assert outcome("X", "x.docx", replace="vendor.docx") == ("replaced", "2")
    assert outcome("X", "x.docx", sha=2, replace="d-000000000002") == ("unchanged", "2")
    with pytest.raises(ConflictError, match="2 documents have the same title"):
        outcome("vendor policy", "third.docx")
    with pytest.raises(ConflictError, match="is already there as d-000000000001"):
        outcome("X", "x.docx", sha=1, replace="vendor.docx")
    with pytest.raises(UsageError, match="2 documents have that name"):
        outcome("X", "x.docx", replace="Vendor Policy")
    with pytest.raises(NotFoundError):
        outcome("X", "x.docx", replace="Nothing")
    with pytest.raises(UsageError, match="exclude each other"):
        outcome("X", "x.docx", replace="access.docx", new=True)
    assert find_document(documents, "access").id == documents[0].id
    both = {one.id for one in documents[1:]}
    assert outcome("Vendor Policy", "third.docx", together=both) == ("added", "")
    assert outcome("Vendor Policy", "vendor.docx", together=both) == ("added", "")
    assert outcome("Access Policy", "third.docx", together=both) == ("replaced", "1")


@pytest.mark.parametrize(
    "heading", ["Purpose", "1 Purpose", "1.2. Backups", "A. Scope", "INTRODUCTION", "Inhaltsverzeichnis"]
)
def test_a_section_that_any_document_has_is_no_title(heading: str, place: ClientPlace, now: datetime) -> None:
    access = add_document(place, read_document(f"# {heading}\n\nLeavers go at once.\n".encode(), name="access.md"), now)
    backup = add_document(place, read_document(f"# {heading}\n\nKept 35 days.\n".encode(), name="backup.md"), now)
    assert [access.action, backup.action] == ["added", "added"]
    assert [access.document.title, backup.document.title] == ["access", "backup"]


@pytest.mark.parametrize(
    "title", ["A Guide to Leavers", "2026 Backup Plan", "Scope of Certification", "V2 Access Policy"]
)
def test_a_title_with_a_letter_or_a_year_in_front_is_one(title: str) -> None:
    assert read_document(f"# {title}\n\nWords.\n".encode(), name="x.md").title == title


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_document(tmp_path / "none.docx")
    with pytest.raises(BadInputError, match="is a folder"):
        read_document(tmp_path)
    big = tmp_path / "big.pdf"
    with big.open("wb") as stream:
        stream.truncate(51 << 20)
    with pytest.raises(BadInputError, match=r"big\.pdf: is larger than 50 MB"):
        read_document(big)
    with pytest.raises(BadInputError, match="has no text"):
        read_document(b"***\n\n---\n", name="x.md")


def test_a_name_given_by_a_person_wins(make_docx: Callable[..., bytes]) -> None:
    data = make_docx("<w:p><w:r><w:t>Words.</w:t></w:r></w:p>")
    assert read_document(data, name="a_b.docx").title == "a b"
    assert read_document(data, name="a_b.docx").titled is False
    named = read_document(data, name="a.docx", title="Acceptable Use Policy")
    assert (named.title, named.titled) == ("Acceptable Use Policy", True)
