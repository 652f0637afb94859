"""A client leaves without a trace, or is handed over whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from knowledge import clients
from knowledge.audit import ChainHead, verify_chain
from knowledge.clients import RemovalJournal, add_client, new_ref, remove_client, resume_removals, search_terms, slug
from knowledge.errors import BadInputError, ConflictError, IntegrityError, NotFoundError
from knowledge.handover import export_client, import_client
from knowledge.places import Places
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.records.news import NewsItem
from knowledge.settings import Settings
from knowledge.store.schema import backup

NAME = "Zephyrine Orchard Clinic"
CANARY = "canary-host-0xZEPHY"


def make(places: Places, now: datetime, client_id: str = "zephyrine", name: str = NAME) -> Client:
    client = add_client(places, Client(id=client_id, ref=new_ref(), name=name, created_at=now), now)
    with places.client(client_id) as place:
        with place.write() as unit:
            unit.assets.put([Asset(id="A1", name=CANARY if name == NAME else "other", updated_at=now)])
            unit.audit.append(now, "assets.import", "A1")
        (place.folder / "documents").mkdir()
        (place.folder / "documents" / "policy.txt").write_text(f"{name} policy")
        place.briefs_folder.mkdir()
        (place.briefs_folder / "2026-08-07.html").write_text(f"<h1>{name}</h1>")
    places.portfolio_folder.mkdir(exist_ok=True)
    (places.portfolio_folder / "2026-08-07.md").write_text(f"# Portfolio: {name}")
    return client


def bytes_of_home(home: Path) -> bytes:
    return b"\x00".join(os.fsencode(path) + path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def assert_gone(home: Path) -> None:
    everything = bytes_of_home(home).lower()
    for word in (NAME.lower(), CANARY.lower(), "zephyrine"):
        assert word.encode() not in everything
        assert word.encode("utf-16-le") not in everything


def test_slug() -> None:
    assert slug("Northgate Family Clinic") == "northgate-family-clinic"
    assert slug("3M Gärten & Co.") == "m-g-rten-co"
    with pytest.raises(BadInputError):
        slug("123 !!")


def test_c06_removal_leaves_nothing_but_one_audit_line(places: Places, now: datetime) -> None:
    make(places, now, "other", "Other Firm")
    client = make(places, now)
    backup(places.shared().database.path, "test", now)
    proof = remove_client(places, "zephyrine", now)
    assert proof.files_removed >= 3
    assert proof.public_mentions == 0
    with places.shared().read() as unit:
        rows = list(unit.audit.rows())
    assert [(row.action, row.subject) for row in rows][-1] == ("client.remove", client.ref)
    assert [row.action for row in rows].count("client.remove") == 1
    assert [c.id for c in places.profiles()] == ["other"]
    with pytest.raises(NotFoundError):
        places.profile("zephyrine")
    places.close()
    assert_gone(places.home)
    assert not list(places.removals_folder.iterdir())


def test_public_news_that_names_the_firm_is_not_residue(places: Places, now: datetime) -> None:
    make(places, now)
    item = NewsItem(
        id="n-0000000000000001",
        source_id="feed",
        identity="guid:1",
        title=f"{NAME} reports a breach",
        first_seen_at=now,
        last_changed_at=now,
        content_sha256="0" * 64,
    )
    with places.shared().write() as unit:
        unit.news.put([item])
    proof = remove_client(places, "zephyrine", now)
    assert proof.public_mentions == 1


def test_another_client_that_names_the_firm_is_reported_not_touched(places: Places, now: datetime) -> None:
    make(places, now, "other", "Other Firm")
    make(places, now)
    with places.client("other") as place:
        (place.folder / "documents" / "policy.txt").write_text(f"Our supplier is {NAME}.")
    proof = remove_client(places, "zephyrine", now)
    assert proof.named_elsewhere == ("clients/other/documents/policy.txt",)
    with places.client("other") as place:
        assert (place.folder / "documents" / "policy.txt").exists()


def test_a_file_that_still_names_the_client_fails_the_proof_and_is_named(places: Places, now: datetime) -> None:
    make(places, now)
    stray = places.home / "notes-to-self.txt"
    stray.write_text(f"call {NAME.upper()} tomorrow")
    with pytest.raises(IntegrityError, match="notes-to-self"):
        remove_client(places, "zephyrine", now)
    stray.unlink()
    assert len(resume_removals(places, now)) == 1
    places.close()
    assert_gone(places.home)


@pytest.mark.parametrize("point", ["rmtree-half", "after-rmtree", "after-row", "before-proof"])
def test_c07_a_removal_killed_half_way_is_finished_at_the_next_start(home: Path, now: datetime, point: str) -> None:
    with Places(Settings(home=home), now=now) as places:
        make(places, now)
    code = f"""
import os, shutil, signal
from datetime import datetime
from pathlib import Path
from knowledge import clients
from knowledge.places import Places
from knowledge.settings import Settings
now = datetime.fromisoformat({now.isoformat()!r})
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
point = {point!r}
places = Places(Settings(home=Path({str(home)!r})), now=now)
if point == "rmtree-half":
    def half(folder):
        next(p for p in Path(folder).rglob("*") if p.is_file()).unlink()
        die()
    shutil.rmtree = half
elif point == "after-rmtree":
    places.shared().database.__class__.vacuum = die
    type(places.shared()).write = die
elif point == "after-row":
    places.shared().database.__class__.vacuum = die
else:
    clients._contains = die
clients.remove_client(places, "zephyrine", now)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with Places(Settings(home=home), now=now) as places:
        assert len(resume_removals(places, now)) == 1
        assert places.profiles(archived=True) == ()
        assert resume_removals(places, now) == []
    assert_gone(home)


def test_search_terms_cover_encodings() -> None:
    journal = RemovalJournal(id="abc", ref="c-1", name="Müller", started_at=datetime.fromisoformat("2026-08-07T00:00Z"))
    terms = search_terms(journal)
    assert "müller".encode() in terms
    assert "müller".encode("utf-16-le") in terms
    assert json.dumps("müller")[1:-1].encode() in terms
    assert b"abc" not in terms, "three letters stand in any file"


def test_a_match_across_two_reads_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "CHUNK", 8)
    file = tmp_path / "x.bin"
    file.write_bytes(b"......zephyrine.....")
    assert clients._contains(file, (b"zephyrine",))
    assert not clients._contains(file, (b"zephyrinx",))


def test_handover_restores_the_client_elsewhere(places: Places, now: datetime, tmp_path: Path) -> None:
    client = make(places, now)
    archive = tmp_path / "z.vciso.zip"
    export_client(places, "zephyrine", archive, now)
    with pytest.raises(ConflictError):
        export_client(places, "zephyrine", archive, now)
    with Places(Settings(home=tmp_path / "other"), now=now) as elsewhere:
        taken = import_client(elsewhere, archive, now)
        assert taken.name == client.name
        assert taken.ref != client.ref
        with elsewhere.client("zephyrine") as place:
            assert (place.folder / "documents" / "policy.txt").read_text() == f"{NAME} policy"
            with place.read() as unit:
                assert [asset.name for asset in unit.assets.list()] == [CANARY]
                rows = list(unit.audit.rows())
        assert [row.action for row in rows] == ["client.add", "assets.import", "client.export", "client.import"]
        assert isinstance(verify_chain(rows), ChainHead)
        with pytest.raises(ConflictError):
            import_client(elsewhere, archive, now)
        again = import_client(elsewhere, archive, now, as_id="second")
        assert again.id == "second"


def rewrite(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(archive) as source:
        members = {info.filename: source.read(info) for info in source.infolist()}
    change(members)
    target = archive.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    return target


def _edit_document(members: dict[str, bytes]) -> None:
    members["documents/policy.txt"] = b"other policy"


def _drop_document(members: dict[str, bytes]) -> None:
    del members["documents/policy.txt"]


def _add_file(members: dict[str, bytes]) -> None:
    members["../../evil.txt"] = b"x"


def _list_evil(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["files"].append({"path": "../evil.txt", "size": 1, "sha256": "0" * 64})
    members["manifest.json"] = json.dumps(manifest).encode()
    members["../evil.txt"] = b"x"


def _newer(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(manifest | {"schema_revision": "9999"}).encode()


def _no_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


@pytest.mark.parametrize(
    "change", [_edit_document, _drop_document, _add_file, _list_evil, _newer, _no_manifest], ids=lambda f: f.__name__
)
def test_an_archive_that_was_changed_is_refused_and_leaves_nothing(
    places: Places, now: datetime, tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    make(places, now)
    archive = tmp_path / "z.zip"
    export_client(places, "zephyrine", archive, now)
    changed = rewrite(archive, change)
    with Places(Settings(home=tmp_path / "other"), now=now) as elsewhere:
        with pytest.raises((BadInputError, IntegrityError)):
            import_client(elsewhere, changed, now)
        assert elsewhere.profiles() == ()
        clients_folder = elsewhere.home / "clients"
        assert not clients_folder.exists() or not list(clients_folder.iterdir())
    assert not (tmp_path / "evil.txt").exists()


def test_not_an_archive(places: Places, now: datetime, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(b"nope")
    with pytest.raises(BadInputError, match="archive"):
        import_client(places, file, now)
