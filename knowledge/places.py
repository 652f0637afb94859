"""Opens the shared place and clients' places: one folder each, one owner process each, the last used ones kept open."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

from filelock import FileLock, Timeout

from knowledge.errors import BusyError, NotFoundError, StoreError
from knowledge.records.base import ClientId
from knowledge.records.client import CLIENT_ID, Client
from knowledge.settings import Settings
from knowledge.store.engine import Database
from knowledge.store.schema import Kind, open_database
from knowledge.store.shared_facts import SharedFacts
from knowledge.store.units import ClientUnit, SharedUnit

SHARED_FOLDER = "shared"
CLIENTS_FOLDER = "clients"
PORTFOLIO_FOLDER = "portfolio"
REMOVALS_FOLDER = "removals"
LOCK_FILE = "place.lock"
Need = Literal["edit", "review", "own"]
"""What a write asks of the person: change a client's rows, decide on what others proposed, or run the client itself."""
DATABASES: dict[Kind, str] = {"shared": "shared.sqlite3", "client": "client.sqlite3"}


@dataclass
class Place:
    """One folder that this process owns: its lock, its database, its files."""

    folder: Path
    database: Database
    lock: FileLock
    actor: str
    users: int = field(default=0)
    """Blocks that use the place right now; only an idle one may be closed."""
    embedding_model: Path | None = None
    """The setting of that name: whose vectors the place's search index holds."""

    def close(self) -> None:
        """Empties the write-ahead log into the file and lets go of the folder."""
        try:
            self.database.close()
        finally:
            self.lock.release()


class SharedPlace(Place):
    """What is public, and the list of clients."""

    @contextmanager
    def read(self) -> Iterator[SharedUnit]:
        """One read transaction."""
        with self.database.transaction(write=False) as conn:
            yield SharedUnit(conn, self.actor)

    @contextmanager
    def write(self) -> Iterator[SharedUnit]:
        """One write transaction: all of the block or nothing."""
        with self.database.transaction(write=True) as conn:
            yield SharedUnit(conn, self.actor)

    def facts(self, now: datetime) -> SharedFacts:
        """The public facts as the fetching side asks for them; changes are stamped with `now`."""
        return SharedFacts(self.read, self.write, now)


class ClientPlace(Place):
    """Everything of one client."""

    @contextmanager
    def read(self) -> Iterator[ClientUnit]:
        """One read transaction."""
        with self.database.transaction(write=False) as conn:
            yield ClientUnit(conn, self.actor)

    @contextmanager
    def write(self, need: Need = "edit") -> Iterator[ClientUnit]:
        """One write transaction: all of the block or nothing.

        Args:
            need: what the role of whoever acts must allow.
        """
        del need
        with self.database.transaction(write=True) as conn:
            yield ClientUnit(conn, self.actor)

    @property
    def briefs_folder(self) -> Path:
        """Where the client's briefs are written as files."""
        return self.folder / "briefs"


P = TypeVar("P", bound=Place)


class Places:
    """The home folder: opens places on demand and keeps the last used clients' places open.

    Not a boundary between users: who may open which client is decided by the caller before this is asked.
    Safe to share between threads.

    Raises (all methods that open):
        BusyError: another process owns the place.
        StoreError, IntegrityError: the database or the disk refused.
    """

    def __init__(self, settings: Settings, *, now: datetime) -> None:
        self.home = settings.home
        self._settings = settings
        self._now = now
        self._guard = threading.RLock()
        self._shared: SharedPlace | None = None
        self._clients: OrderedDict[ClientId, ClientPlace] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """The settings that the home was opened with."""
        return self._settings

    @property
    def portfolio_folder(self) -> Path:
        """Where the pages over all clients are written."""
        return self.home / PORTFOLIO_FOLDER

    @property
    def removals_folder(self) -> Path:
        """Journals of removals under way."""
        return self.home / REMOVALS_FOLDER

    def client_folder(self, client_id: ClientId) -> Path:
        """The folder of a client's place, whether it exists or not.

        Raises:
            NotFoundError: not a client id at all, so that no path can be made of it.
        """
        if not isinstance(client_id, str) or not CLIENT_ID.match(client_id):
            raise NotFoundError("no such client", subject=str(client_id)[:60], hint="`vciso client list` shows them.")
        return self.home / CLIENTS_FOLDER / client_id

    def shared(self) -> SharedPlace:
        """The shared place, made where it is missing."""
        with self._guard:
            if self._shared is None:
                self._shared = self._open(SharedPlace, self.home / SHARED_FOLDER, "shared")
            return self._shared

    @contextmanager
    def client(self, client_id: ClientId) -> Iterator[ClientPlace]:
        """A client's place for the length of the block.

        Raises:
            NotFoundError: the client is not in the list; the same words as for an id that never existed.
        """
        with self._guard:
            self.profile(client_id)
            place = self._take(client_id)
        try:
            yield place
        finally:
            with self._guard:
                place.users -= 1
                self._evict()

    def profile(self, client_id: ClientId) -> Client:
        """The client's row of the list.

        Raises:
            NotFoundError: no such client.
        """
        self.client_folder(client_id)
        with self.shared().read() as unit:
            return unit.clients.get(client_id)

    def profiles(self, *, archived: bool = False) -> tuple[Client, ...]:
        """Active clients by id; with `archived` the archived ones too."""
        with self.shared().read() as unit:
            return unit.clients.list(archived=archived)

    def make_client_place(self, client_id: ClientId) -> None:
        """Makes the folder and the database of a client that is not in the list yet."""
        with self._guard:
            self._take(client_id).users -= 1

    def close_client(self, client_id: ClientId) -> None:
        """Closes a client's place if it is open.

        Raises:
            BusyError: another thread is using it.
        """
        with self._guard:
            place = self._clients.get(client_id)
            if place is None:
                return
            if place.users:
                raise BusyError("the client is in use", subject=client_id, hint="Wait until that work is done.")
            del self._clients[client_id]
            place.close()

    def close(self) -> None:
        """Closes every place."""
        with self._guard:
            for place in self._clients.values():
                place.close()
            self._clients.clear()
            if self._shared is not None:
                self._shared.close()
                self._shared = None

    def _take(self, client_id: ClientId) -> ClientPlace:
        place = self._clients.get(client_id)
        if place is None:
            place = self._open(ClientPlace, self.client_folder(client_id), "client")
            self._clients[client_id] = place
        self._clients.move_to_end(client_id)
        place.users += 1
        return place

    def _evict(self) -> None:
        idle = [client_id for client_id, place in self._clients.items() if not place.users]
        for client_id in idle[: max(0, len(self._clients) - self._settings.open_clients)]:
            self._clients.pop(client_id).close()

    def _open(self, kind: type[P], folder: Path, schema: Kind) -> P:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(
                f"the folder cannot be made ({error.strerror})", subject=str(folder), hint="Choose another --home."
            ) from None
        # Not per thread: a place that one thread opened may be closed by another.
        lock = FileLock(folder / LOCK_FILE, thread_local=False)
        with self._held(lock, folder):
            database = open_database(folder / DATABASES[schema], schema, now=self._now)
            return kind(
                folder=folder,
                database=database,
                lock=lock,
                actor=self._settings.actor,
                embedding_model=self._settings.embedding_model,
            )

    def _held(self, lock: FileLock, folder: Path) -> AbstractContextManager[None]:
        """Takes the lock and keeps it, unless the block fails."""

        @contextmanager
        def block() -> Iterator[None]:
            owner = folder / "place.owner"
            try:
                lock.acquire(timeout=self._settings.lock_wait_seconds)
            except Timeout:
                who = _owner_of(owner)
                raise BusyError(
                    f"another vciso process{who} has it open",
                    subject=str(folder),
                    hint="Close it or wait until it ends, then try again.",
                ) from None
            except OSError as error:
                raise StoreError(
                    f"cannot be locked ({error.strerror})", subject=str(folder), hint="Check that it is writable."
                ) from None
            try:
                owner.write_text(str(os.getpid()))
                yield
            except BaseException:
                lock.release()
                raise

        return block()


def _owner_of(file: Path) -> str:
    try:
        return f" (process {int(file.read_text())})"
    except (OSError, ValueError):
        return ""
