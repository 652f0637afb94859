"""Opens one SQLite file the same way everywhere, and turns the driver's errors into ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from knowledge.errors import BusyError, IntegrityError, StoreError

BUSY_TIMEOUT_MS = 5_000
_WRITE = "vciso_write"
_EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Gives (whether somebody was in the way, pages in the log, pages moved)."""


def make_engine(path: Path) -> Engine:
    """An engine on one file: WAL, foreign keys, busy timeout, deleted content overwritten.

    Transactions are explicit: `BEGIN IMMEDIATE` for a writer, so that two writers wait for each other
    instead of failing at commit (https://sqlite.org/lang_transaction.html). Connections are kept for the next
    transaction: a new one costs the making and the removal of the write-ahead log, more than most reads. One to a
    file that is no longer at its path (removed, or restored from a copy, by another process) is not used again.
    """
    engine = create_engine(f"sqlite:///{path}", poolclass=QueuePool, max_overflow=-1)

    @event.listens_for(engine, "checkout")
    def _still_there(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info.get("file") != _identity(path):
            raise DisconnectionError  # the pool opens the file anew

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not open transactions on its own
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of the file at a path; None where there is none. An open file keeps its number for itself."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def translate(error: DatabaseError, subject: str) -> Exception:
    """Our error for a driver's one."""
    text = str(error.orig or error).lower()
    if "full" in text:
        return StoreError(
            "the disk is full, nothing of this step was kept", subject=subject, hint="Free some space and run it again."
        )
    if "readonly" in text or "read-only" in text:
        return StoreError("the folder is read-only", subject=subject, hint="Make it writable or choose another --home.")
    if "locked" in text or "busy" in text:
        return BusyError("another process is writing", subject=subject, hint="Wait until it ends and try again.")
    if "malformed" in text or "not a database" in text:
        return IntegrityError(
            "the database file is damaged", subject=subject, hint="Restore a copy from the backups folder beside it."
        )
    if "unable to open" in text:
        return StoreError("cannot be opened", subject=subject, hint="Check that the folder exists and is writable.")
    return StoreError(f"the database refused: {error.orig or error}", subject=subject)


@contextmanager
def connection(engine: Engine, *, write: bool, subject: str) -> Iterator[Connection]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Raises:
        StoreError, BusyError, IntegrityError: the driver refused; nothing of the block was kept.
    """
    try:
        with engine.connect().execution_options(**{_WRITE: write}) as conn, conn.begin():
            yield conn
    except DatabaseError as error:
        raise translate(error, subject) from error


class Database:
    """One open SQLite file: transactions on it and the upkeep that runs outside of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = make_engine(path)
        self._unmoved = False
        """Whether something may stand in the write-ahead log alone."""

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises:
            StoreError, BusyError, IntegrityError: the driver refused; nothing of the block was kept.
        """
        self._unmoved |= write
        try:
            with connection(self._engine, write=write, subject=str(self.path)) as conn:
                yield conn
        finally:
            self._settle()

    def _settle(self) -> None:
        """Empties the write-ahead log into the file when nobody is at work, so that what was deleted is nowhere.

        What the log holds is kept already; where it cannot be moved now, the next transaction tries again.
        """
        pool = self._engine.pool
        if self._unmoved and isinstance(pool, QueuePool) and not pool.checkedout():
            with suppress(sqlite3.Error), closing(self._raw(wait_ms=0)) as raw:
                self._unmoved = bool(raw.execute(_EMPTY_LOG).fetchone()[0])

    def checkpoint(self) -> None:
        """Moves the write-ahead log into the file and empties it."""
        self._upkeep(_EMPTY_LOG)

    def vacuum(self) -> None:
        """Rewrites the file so that it holds live rows only, then empties the write-ahead log."""
        self._upkeep("VACUUM", _EMPTY_LOG)

    def integrity_problems(self) -> list[str]:
        """What `PRAGMA integrity_check` and `foreign_key_check` complain about; empty when sound."""
        with closing(self._raw()) as raw:
            found = [str(row[0]) for row in raw.execute("PRAGMA integrity_check") if row[0] != "ok"]
            return found + [f"foreign key of {row[0]} row {row[1]}" for row in raw.execute("PRAGMA foreign_key_check")]

    def close(self) -> None:
        """Empties the write-ahead log into the file and lets go of it."""
        self.checkpoint()
        self._engine.dispose()

    def _raw(self, wait_ms: int = BUSY_TIMEOUT_MS) -> sqlite3.Connection:
        raw = sqlite3.connect(self.path, isolation_level=None)
        raw.execute(f"PRAGMA busy_timeout = {wait_ms}")
        raw.execute("PRAGMA secure_delete = ON")
        return raw

    def _upkeep(self, *statements: str) -> None:
        with closing(self._raw()) as raw:
            for statement in statements:
                raw.execute(statement).fetchall()


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of an open database by SQLite's backup API."""
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)
