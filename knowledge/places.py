"""Opens the shared place and clients' places: one folder each, one owner process each, the last used ones kept open."""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from filelock import FileLock, Timeout

from knowledge.errors import BusyError, PermissionDeniedError, StoreError
from knowledge.gate import DenialLog, Gate, no_such_client
from knowledge.place import ClientPlace, Place, SharedPlace
from knowledge.records.access import Need, Principal
from knowledge.records.base import ClientId
from knowledge.records.client import CLIENT_ID, Client
from knowledge.settings import Settings
from knowledge.store.schema import Kind, open_database
from knowledge.store.units import SharedUnit

__all__ = ["ClientPlace", "Need", "Place", "Places", "SharedPlace"]

SHARED_FOLDER = "shared"
CLIENTS_FOLDER = "clients"
PORTFOLIO_FOLDER = "portfolio"
REMOVALS_FOLDER = "removals"
LOCK_FILE = "place.lock"
UNLISTED_FILE = "place.new"
"""Mark in the folder of a client that is being added and is not on the list yet."""
SCHEDULED = "schedule run"
SCHEDULED_HINT = "It reads the sources and writes the briefs of the day, some minutes at most. Try again then."
BUSY_HINT = "Close it or wait until it ends, then try again."
DATABASES: dict[Kind, str] = {"shared": "shared.sqlite3", "client": "client.sqlite3"}


P = TypeVar("P", bound=Place)


@dataclass
class _Handles:
    """What is open right now; the views of all users share it."""

    guard: threading.RLock = field(default_factory=threading.RLock)
    shared: SharedPlace | None = None
    clients: OrderedDict[ClientId, ClientPlace] = field(default_factory=OrderedDict)


class Places:
    """The home folder: opens places on demand and keeps the last used clients' places open.

    Whoever opens a home acts as its local owner, who may do everything. `acting_as` gives the same home to a user:
    each action there asks what that user may do at that moment. Safe to share between threads.

    Raises (all methods that open):
        BusyError: another process owns the place.
        StoreError, IntegrityError: the database or the disk refused.
        NotFoundError: no such client, or not for whoever acts.
        PermissionDeniedError: whoever acts is not a user, or the role does not allow it.
    """

    def __init__(
        self, settings: Settings, *, now: datetime, clock: Callable[[], datetime] | None = None, purpose: str = ""
    ) -> None:
        """Opens nothing yet.

        Args:
            settings: of the face.
            now: time of the call.
            clock: for refusals; default the wall clock.
            purpose: what another process is told that has to wait: `vciso schedule run`.
        """
        self.home = settings.home
        self._purpose = purpose
        self._settings = settings
        self._now = now
        self._handles = _Handles()
        self._guard = self._handles.guard
        self._clients = self._handles.clients
        self._gate: Gate | None = None
        self._denials = DenialLog(self._open_shared, clock or (lambda: datetime.now(UTC)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """The settings that the home was opened with, `actor` being whoever acts."""
        return self._settings if self._gate is None else self._settings.model_copy(update={"actor": self.actor})

    def acting_as(self, principal: Principal | None) -> Places:
        """This home as `principal` may use it: the same open places, every action checked against the roles of then.

        The view is not closed by its user; it ends with the home that it was made of.

        Raises:
            PermissionDeniedError: nobody acts.
        """
        if not isinstance(principal, Principal):
            raise PermissionDeniedError("nobody is signed in", hint="Sign in first.")
        view = copy(self)
        view._gate = None if principal.kind == "local" else Gate(principal, self._open_shared, self._denials)
        return view

    def may(self, client_id: ClientId, need: Need) -> bool:
        """Whether whoever acts may do this with a client now: for what a face offers; the action checks again."""
        if self._gate is not None:
            return self._gate.may(client_id, need)
        return any(client.id == client_id for client in self.profiles(archived=True))

    def is_admin(self) -> bool:
        """Whether whoever acts runs the portfolio: for what a face offers; the action checks again."""
        return self._gate is None or self._gate.rights().user.admin

    @property
    def is_local_owner(self) -> bool:
        """Whether the owner of the home folder acts, and no user."""
        return self._gate is None

    def require_admin(self) -> None:
        """Does nothing for an administrator or the local owner.

        Raises:
            PermissionDeniedError: whoever acts does not run the portfolio.
        """
        if self._gate is not None:
            self._gate.admin()

    def require(self, client_id: ClientId, need: Need) -> Client:
        """The client's row, if whoever acts may do this with it.

        Raises:
            NotFoundError: no such client, or not for whoever acts.
            PermissionDeniedError: the role does not allow it.
        """
        return self._gate.client(client_id, need) if self._gate else self.profile(client_id)

    @property
    def actor(self) -> str:
        """How audit chains of clients name whoever acts."""
        return self._gate.email if self._gate else self._settings.actor

    @property
    def portfolio_folder(self) -> Path:
        """Where the pages over all clients are written.

        Raises:
            PermissionDeniedError: whoever acts does not run the portfolio.
        """
        self.require_admin()
        return self.home / PORTFOLIO_FOLDER

    @property
    def removals_folder(self) -> Path:
        """Journals of removals under way."""
        return self.home / REMOVALS_FOLDER

    def client_folder(self, client_id: ClientId) -> Path:
        """The folder of a client's place, whether it exists or not.

        Raises:
            NotFoundError: not a client id at all, so that no path can be made of it; or not for whoever acts.
        """
        if not isinstance(client_id, str) or not CLIENT_ID.match(client_id):
            raise no_such_client(client_id)
        if self._gate is not None and not self._gate.rights().user.admin:
            self._gate.client(client_id, "read")
        return self.home / CLIENTS_FOLDER / client_id

    def shared(self) -> SharedPlace:
        """The shared place, made where it is missing."""
        shared = self._open_shared()
        return shared if self._gate is None else replace(shared, gate=self._gate)

    @contextmanager
    def client(self, client_id: ClientId) -> Iterator[ClientPlace]:
        """A client's place for the length of the block.

        Raises:
            NotFoundError: the client is not in the list, or not for whoever acts; the same words.
        """
        with self._guard:
            self.require(client_id, "read")
            place = self._take(client_id)
        try:
            yield place if self._gate is None else replace(place, gate=self._gate, actor=self.actor)
        finally:
            with self._guard:
                place.users -= 1
                self._evict()

    def profile(self, client_id: ClientId) -> Client:
        """The client's row of the list.

        Raises:
            NotFoundError: no such client, or not for whoever acts.
        """
        if self._gate is not None:
            return self._gate.client(client_id, "read")
        self.client_folder(client_id)
        with self.shared().read() as unit:
            return unit.clients.get(client_id)

    def profiles(self, *, archived: bool = False) -> tuple[Client, ...]:
        """Active clients by id, those that whoever acts may see; with `archived` the archived ones too."""
        with self.shared().read() as unit:
            return unit.clients.list(archived=archived)

    @contextmanager
    def profile_write(self, client_id: ClientId) -> Iterator[SharedUnit]:
        """One write transaction on the shared place for a client's own row: for owners of that client.

        Raises:
            NotFoundError: no such client, or not for whoever acts.
            PermissionDeniedError: the role does not allow it.
        """
        self.require(client_id, "own")
        shared = self._open_shared()
        actor = self._gate.rights().user.ref if self._gate else shared.actor
        with shared.database.transaction(write=True) as conn:
            yield SharedUnit(conn, actor)

    def make_client_place(self, client_id: ClientId) -> None:
        """Makes the folder and the database of a client that is not in the list yet, marked as such.

        Raises:
            PermissionDeniedError: whoever acts does not run the portfolio.
            StoreError: the folder cannot be made.
        """
        self.require_admin()
        folder = self.client_folder(client_id)
        _make_folder(folder, UNLISTED_FILE)
        with self._guard:
            self._take(client_id).users -= 1

    def mark_listed(self, client_id: ClientId) -> None:
        """Takes the mark of an addition away, once its client is on the list and all of it is written.

        Raises:
            PermissionDeniedError: whoever acts does not run the portfolio.
        """
        self.require_admin()
        (self.client_folder(client_id) / UNLISTED_FILE).unlink(missing_ok=True)

    def clear_unlisted(self, client_id: ClientId) -> None:
        """Removes what an addition left that ended before its client came on the list; nobody has worked in it.

        Raises:
            PermissionDeniedError: whoever acts does not run the portfolio.
            BusyError: the addition is still under way.
        """
        self.require_admin()
        folder = self.client_folder(client_id)
        mark = folder / UNLISTED_FILE
        if not mark.is_file():
            return
        self.close_client(client_id)
        lock = FileLock(folder / LOCK_FILE, thread_local=False)
        with self._held(lock, folder):
            # The mark goes last, so that a clearing that ends half-way is done again.
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path != mark:
                    path.unlink()
            mark.unlink()
        lock.release()

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
        """Closes every place; a user's view leaves them open."""
        if self._gate is not None:
            return
        with self._guard:
            for place in self._clients.values():
                place.close()
            self._clients.clear()
            if self._handles.shared is not None:
                self._handles.shared.close()
                self._handles.shared = None

    def _open_shared(self) -> SharedPlace:
        with self._guard:
            if self._handles.shared is None:
                self._handles.shared = self._open(SharedPlace, self.home / SHARED_FOLDER, "shared")
            return self._handles.shared

    def _take(self, client_id: ClientId) -> ClientPlace:
        place = self._clients.get(client_id)
        if place is None:
            place = self._open(ClientPlace, self.home / CLIENTS_FOLDER / client_id, "client")
            self._clients[client_id] = place
        self._clients.move_to_end(client_id)
        place.users += 1
        return place

    def _evict(self) -> None:
        idle = [client_id for client_id, place in self._clients.items() if not place.users]
        for client_id in idle[: max(0, len(self._clients) - self._settings.open_clients)]:
            self._clients.pop(client_id).close()

    def _open(self, kind: type[P], folder: Path, schema: Kind) -> P:
        _make_folder(folder)
        # Not per thread: a place that one thread opened may be closed by another.
        lock = FileLock(folder / LOCK_FILE, thread_local=False)
        with self._held(lock, folder):
            database = open_database(folder / DATABASES[schema], schema, now=self._now)
            return kind(
                path=folder,
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
                process, purpose = _owner_of(owner)
                who = ", ".join(part for part in (purpose, process) if part)
                raise BusyError(
                    f"another vciso process{f' ({who})' if who else ''} has it open",
                    subject=str(folder),
                    hint=SCHEDULED_HINT if purpose.endswith(SCHEDULED) else BUSY_HINT,
                ) from None
            except OSError as error:
                raise StoreError(
                    f"cannot be locked ({error.strerror})", subject=str(folder), hint="Check that it is writable."
                ) from None
            try:
                owner.write_text(f"{os.getpid()}\n{self._purpose}", encoding="utf-8")
                yield
            except BaseException:
                lock.release()
                raise

        return block()


def _make_folder(folder: Path, mark: str = "") -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if mark:
            (folder / mark).touch()
    except OSError as error:
        raise StoreError(
            f"the folder cannot be made ({error.strerror})", subject=str(folder), hint="Choose another --home."
        ) from None


def _owner_of(file: Path) -> tuple[str, str]:
    """`process 4711`, and what it is at work with; empty where it is not known."""
    try:
        number, _, purpose = file.read_text(encoding="utf-8").partition("\n")
        return f"process {int(number)}", purpose.strip()[:60]
    except (OSError, ValueError):
        return "", ""
