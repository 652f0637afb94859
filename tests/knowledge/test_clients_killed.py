"""An addition that is killed half-way can be done again; a folder that somebody filled is never cleared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from knowledge.clients import add_client, new_ref
from knowledge.errors import BusyError, ConflictError, StoreError
from knowledge.handover import export_client, import_client
from knowledge.places import LOCK_FILE, UNLISTED_FILE, Places
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.settings import Settings

KILLED = """
import os, signal
from datetime import datetime
from pathlib import Path
from knowledge import clients, handover, places as opened
from knowledge.place import ClientPlace
from knowledge.records.client import Client
from knowledge.settings import Settings
from knowledge.store.units import SharedUnit
home, archive, now, point = {home!r}, {archive!r}, datetime.fromisoformat({now!r}), {point!r}
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
with opened.Places(Settings(home=Path(home)), now=now) as places:
    places.shared()
    if point == "before-place":
        opened.open_database = die
    elif point == "half-place":
        true = opened.open_database
        def half(path, *a, **k):
            true(path, *a, **k)
            die()
        opened.open_database = half
    elif point == "before-list":
        type(places).shared = lambda self, true=type(places).shared: die() if self._clients else true(self)
    elif point == "after-list":
        ClientPlace.write = die
    if archive:
        handover.import_client(places, Path(archive), now)
    else:
        clients.add_client(places, Client(id="acme", ref=clients.new_ref(), name="Acme", created_at=now), now)
"""


def acme(now: datetime) -> Client:
    return Client(id="acme", ref=new_ref(), name="Acme", created_at=now)


def kill(home: Path, now: datetime, point: str, archive: Path | None = None) -> None:
    code = KILLED.format(home=str(home), now=now.isoformat(), point=point, archive=str(archive or ""))
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert any((home / "clients" / "acme").iterdir())


@pytest.mark.parametrize("point", ["before-place", "half-place", "before-list"])
def test_a_client_whose_addition_was_killed_is_added_at_the_next_try(home: Path, now: datetime, point: str) -> None:
    kill(home, now, point)
    with Places(Settings(home=home), now=now) as places:
        assert places.profiles(archived=True) == ()
        add_client(places, acme(now), now)
        with places.client("acme") as place:
            assert not (place.folder / UNLISTED_FILE).exists()
            with place.read() as unit:
                assert [row.action for row in unit.audit.rows()] == ["client.add"]


@pytest.mark.parametrize("point", ["before-place", "half-place", "before-list"])
def test_a_hand_over_whose_import_was_killed_is_taken_in_at_the_next_try(
    places: Places, home: Path, now: datetime, tmp_path: Path, point: str
) -> None:
    add_client(places, acme(now), now)
    with places.client("acme") as place, place.write() as unit:
        unit.assets.put([Asset(id="A1", name="Door", updated_at=now)])
    archive = tmp_path / "acme.zip"
    export_client(places, "acme", archive, now)
    other = tmp_path / "other"
    kill(other, now, point, archive)
    with Places(Settings(home=other), now=now) as elsewhere:
        assert elsewhere.profiles(archived=True) == ()
        import_client(elsewhere, archive, now)
        with elsewhere.client("acme") as place, place.read() as unit:
            assert [asset.name for asset in unit.assets.list()] == ["Door"]
            assert not (place.folder / UNLISTED_FILE).exists()


def test_once_on_the_list_a_client_stays_whatever_was_left_beside_it(home: Path, now: datetime) -> None:
    kill(home, now, "after-list")
    with Places(Settings(home=home), now=now) as places:
        with pytest.raises(ConflictError, match="already"):
            add_client(places, acme(now), now)
        with places.client("acme") as place, place.write() as unit:
            unit.assets.put([Asset(id="A1", name="Door", updated_at=now)])


def test_a_folder_that_somebody_filled_is_left_alone(places: Places, now: datetime) -> None:
    folder = places.client_folder("acme")
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ConflictError, match="not empty"):
        add_client(places, acme(now), now)
    assert (folder / "notes.txt").read_text() == "mine"


def test_where_no_folder_can_be_made_it_is_said(places: Places, now: datetime) -> None:
    places.shared()
    (places.home / "clients").write_text("a file where the folder belongs")
    with pytest.raises(StoreError, match="cannot be made"):
        add_client(places, acme(now), now)
    assert places.profiles(archived=True) == ()


def test_an_addition_under_way_in_another_process_is_not_cleared(places: Places, home: Path, now: datetime) -> None:
    folder = places.client_folder("acme")
    folder.mkdir(parents=True)
    (folder / UNLISTED_FILE).touch()
    code = (
        "import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder / LOCK_FILE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(BusyError):
            add_client(places, acme(now), now)
        assert (folder / UNLISTED_FILE).exists()
        os.kill(other.pid, signal.SIGKILL)
    add_client(places, acme(now), now)
