"""One folder, one owner, one schema; the last used clients stay open."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from knowledge.clients import add_client, new_ref
from knowledge.errors import BusyError, ConflictError, IntegrityError, NotFoundError, StoreError
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.settings import Settings
from knowledge.store import schema, tables_client, tables_shared
from knowledge.store.engine import Database, copy_database


def make(places: Places, client_id: str, now: datetime) -> Client:
    client = Client(id=client_id, ref=new_ref(), name=f"Firm {client_id.upper()}", created_at=now)
    return add_client(places, client, now)


def test_each_client_has_a_database_of_its_own(places: Places, now: datetime) -> None:
    for client_id in ("alpha", "beta"):
        make(places, client_id, now)
    with places.client("alpha") as place:
        with place.write() as unit:
            unit.audit.append(now, "test.canary", "alpha-canary-7731")
        assert place.folder == places.home / "clients" / "alpha"
    places.close()
    for path in (places.home / "clients" / "beta").rglob("*"):
        assert path.is_dir() or b"alpha-canary-7731" not in path.read_bytes()
    assert b"alpha-canary-7731" not in (places.home / "shared" / "shared.sqlite3").read_bytes()


def test_no_client_table_has_a_client_column() -> None:
    for table in tables_client.metadata.tables.values():
        assert not [column.name for column in table.columns if "client" in column.name]


@pytest.mark.parametrize("client_id", ["", "..", "../shared", "a/b", "A", "ghost", "x" * 41, "a\x00b", None])
def test_an_id_that_is_none_gets_the_same_answer_as_one_that_does_not_exist(
    places: Places, now: datetime, client_id: str
) -> None:
    make(places, "alpha", now)
    with pytest.raises(NotFoundError, match="no such client"), places.client(client_id):
        pass
    assert [path.name for path in (places.home / "clients").iterdir()] == ["alpha"]


def test_a_taken_id_is_refused(places: Places, now: datetime) -> None:
    make(places, "alpha", now)
    with pytest.raises(ConflictError):
        make(places, "alpha", now)


def test_the_least_recently_used_idle_place_is_closed(home: Path, now: datetime) -> None:
    with Places(Settings(home=home, open_clients=2), now=now) as places:
        for client_id in ("aa", "bb", "cc"):
            make(places, client_id, now)
        for client_id in ("aa", "bb", "cc"):
            with places.client(client_id):
                pass
        assert list(places._clients) == ["bb", "cc"]
        with places.client("bb"), places.client("cc"), places.client("aa"):
            assert set(places._clients) == {"aa", "bb", "cc"}, "a place in use is never closed"
        assert len(places._clients) == 2
        with places.client("aa"), pytest.raises(BusyError):
            places.close_client("aa")


def test_threads_share_places(home: Path, now: datetime) -> None:
    errors: list[BaseException] = []
    with Places(Settings(home=home, open_clients=1), now=now) as places:
        for client_id in ("aa", "bb", "cc"):
            make(places, client_id, now)

        def work(client_id: str) -> None:
            try:
                for n in range(10):
                    with places.client(client_id) as place, place.write() as unit:
                        unit.audit.append(now, "test.row", f"{client_id}-{n}")
            except Exception as error:  # noqa: BLE001 - the thread's error is the test's
                errors.append(error)

        threads = [threading.Thread(target=work, args=(client_id,)) for client_id in ("aa", "bb", "cc") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
        for client_id in ("aa", "bb", "cc"):
            with places.client(client_id) as place, place.read() as unit:
                rows = list(unit.audit.rows())
            assert len(rows) == 21
            assert {row.subject.split("-")[0] for row in rows} == {client_id}


TRY_TO_OPEN = """
import sys; from pathlib import Path; from datetime import UTC, datetime
from knowledge.errors import BusyError; from knowledge.places import Places; from knowledge.settings import Settings
try:
    with Places(Settings(home=Path(sys.argv[1]), lock_wait_seconds=0.1), now=datetime.now(UTC)) as places:
        places.shared()
    print("opened")
except BusyError as error:
    print(error)
"""


def test_a_scheduled_run_says_that_it_is_one_and_when_to_come_back(home: Path, now: datetime) -> None:
    with Places(Settings(home=home), now=now, purpose="vciso schedule run") as places:
        places.shared()
        done = subprocess.run(
            [sys.executable, "-c", TRY_TO_OPEN, str(home)], check=True, capture_output=True, text=True
        )
    assert f"another vciso process (vciso schedule run, process {os.getpid()}) has it open" in done.stdout
    assert "some minutes at most. Try again then." in done.stdout


def test_c25_a_second_process_is_refused_in_plain_words(places: Places) -> None:
    places.shared()
    for expected in (f"another vciso process (process {os.getpid()}) has it open", "opened"):
        done = subprocess.run(
            [sys.executable, "-c", TRY_TO_OPEN, str(places.home)], check=True, capture_output=True, text=True
        )
        assert expected in done.stdout
        places.close()


def test_a_process_that_was_killed_leaves_no_lock(home: Path, now: datetime) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from knowledge.places import Places; from knowledge.settings import Settings\n"
        "p = Places(Settings(home=Path(sys.argv[1])), now=datetime.now(UTC)); p.shared()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(home)], check=False)
    with Places(Settings(home=home, lock_wait_seconds=0.1), now=now) as places:
        assert places.shared().database.integrity_problems() == []


@pytest.mark.parametrize(("kind", "metadata"), [("shared", tables_shared.metadata), ("client", tables_client.metadata)])
def test_the_migrations_make_the_tables(tmp_path: Path, now: datetime, kind: schema.Kind, metadata: object) -> None:
    database = schema.open_database(tmp_path / "x.sqlite3", kind, now=now)
    with database.transaction(write=False) as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations" / kind))
    assert scripts.get_heads() == [schema.HEADS[kind]]
    assert schema.stamped_revision(tmp_path / "x.sqlite3") == schema.HEADS[kind]
    database.close()


def test_c27_a_newer_schema_is_refused_untouched(places: Places, now: datetime) -> None:
    path = places.shared().database.path
    places.close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer release"):
        places.shared()
    assert path.read_bytes() == before
    assert not (path.parent / "backups").exists()


def test_c27_an_older_schema_is_backed_up_and_migrated(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "client.sqlite3"
    schema.open_database(path, "client", now=now).close()
    newest = schema.HEADS["client"]
    monkeypatch.setitem(schema.HEADS, "client", "9998")  # pretend that this file is one behind
    for _ in range(5):
        schema.open_database(path, "client", now=now.replace(second=_)).close()
    copies = sorted((tmp_path / "backups").glob("*.sqlite3"))
    assert len(copies) == schema.KEPT_BACKUPS
    assert all(schema.stamped_revision(copy) == newest for copy in copies)


def test_c27_a_migration_that_is_interrupted_leaves_the_old_schema(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    path = tmp_path / "client.sqlite3"
    path.touch()  # what is there already is no copy (tests/conftest.py)
    with monkeypatch.context() as patch:
        patch.setattr("alembic.runtime.migration.MigrationContext._ensure_version_table", fail)
        with pytest.raises(RuntimeError):
            schema.open_database(path, "client", now=now)
    assert schema.stamped_revision(path) is None
    database = schema.open_database(path, "client", now=now)
    assert database.integrity_problems() == []
    database.close()


def test_a_damaged_file_is_named(places: Places) -> None:
    path = places.shared().database.path
    places.close()
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(IntegrityError, match="damaged"):
        places.shared()


def test_a_failed_block_keeps_nothing(places: Places, now: datetime) -> None:
    shared = places.shared()
    with pytest.raises(RuntimeError), shared.write() as unit:
        unit.audit.append(now, "test.row", "lost")
        raise RuntimeError
    with shared.read() as unit:
        assert unit.audit.head() is None


def test_c24_a_full_disk_is_one_sentence_and_keeps_what_was(tmp_path: Path, now: datetime) -> None:
    database = schema.open_database(tmp_path / "client.sqlite3", "client", now=now)
    with database.transaction(write=True) as conn:
        conn.exec_driver_sql("INSERT INTO notes VALUES ('a', 'k', 'note', 'kept', NULL, '', 'x', 'now', NULL)")
    with pytest.raises(StoreError, match="disk is full"), database.transaction(write=True) as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1")
        conn.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(10000000) AS x")
    with database.transaction(write=False) as conn:
        assert conn.exec_driver_sql("SELECT text FROM notes").scalar() == "kept"
    database.close()


def test_what_was_deleted_is_in_no_file_while_the_database_is_open(tmp_path: Path, now: datetime) -> None:
    """Connections are kept, and with them the write-ahead log: it is emptied when nobody is at work."""
    database = schema.open_database(tmp_path / "client.sqlite3", "client", now=now)
    kept = "INSERT INTO notes VALUES ('a', 'k', 'note', 'only-here-for-a-while', NULL, '', 'x', 'now', NULL)"

    def on_disk() -> bool:
        return any(b"only-here-for-a-while" in file.read_bytes() for file in tmp_path.iterdir())

    with database.transaction(write=True) as conn:
        conn.exec_driver_sql(kept)
    assert on_disk()
    with database.transaction(write=True) as conn:
        conn.exec_driver_sql("DELETE FROM notes")
    assert not on_disk()
    with database.transaction(write=True) as conn:
        conn.exec_driver_sql(kept)
    with database.transaction(write=False) as reader:
        assert reader.exec_driver_sql("SELECT text FROM notes").scalar()
        with database.transaction(write=True) as conn:
            conn.exec_driver_sql("DELETE FROM notes")
        assert on_disk()  # the reader may still look at it
    assert not on_disk()
    assert not (tmp_path / "client.sqlite3-wal").stat().st_size
    database.close()
    assert not (tmp_path / "client.sqlite3-wal").exists()


def test_a_copy_that_was_put_back_is_read_at_once(tmp_path: Path, now: datetime) -> None:
    database = schema.open_database(tmp_path / "client.sqlite3", "client", now=now)
    with database.transaction(write=True) as conn:
        conn.exec_driver_sql("INSERT INTO notes VALUES ('a', 'k', 'note', 'as it was', NULL, '', 'x', 'now', NULL)")
    copy_database(database.path, tmp_path / "copy.sqlite3")
    with database.transaction(write=True) as conn:
        conn.exec_driver_sql("UPDATE notes SET text = 'spoilt'")
    (tmp_path / "copy.sqlite3").replace(database.path)
    with database.transaction(write=False) as conn:
        assert conn.exec_driver_sql("SELECT text FROM notes").scalar() == "as it was"
    assert database.integrity_problems() == []
    database.close()


def test_pragmas_hold_on_every_connection(tmp_path: Path, now: datetime) -> None:
    database = schema.open_database(tmp_path / "client.sqlite3", "client", now=now)
    expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "secure_delete": 1}
    with database.transaction(write=False) as conn:
        found = {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected
    copy_database(database.path, tmp_path / "copy.sqlite3")
    assert Database(tmp_path / "copy.sqlite3").integrity_problems() == []
    database.close()
