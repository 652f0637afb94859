"""One place that this process owns: its lock, its database, its files, and the gate of whoever acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from knowledge.gate import Gate
from knowledge.records.access import Need
from knowledge.records.base import ClientId
from knowledge.store.engine import Database
from knowledge.store.units import ClientUnit, LimitedSharedUnit, SharedUnit

if TYPE_CHECKING:
    from knowledge.store.shared_facts import SharedFacts


@dataclass
class Place:
    """One folder that this process owns: its lock, its database, its files."""

    path: Path
    """The folder itself, for whoever opens and closes it."""
    database: Database
    lock: FileLock
    actor: str
    users: int = field(default=0)
    """Blocks that use the place right now; only an idle one may be closed."""
    embedding_model: Path | None = None
    """The setting of that name: whose vectors the place's search index holds."""

    @property
    def folder(self) -> Path:
        """The folder, for whoever reads and writes files in it."""
        return self.path

    def close(self) -> None:
        """Empties the write-ahead log into the file and lets go of the folder."""
        try:
            self.database.close()
        finally:
            self.lock.release()


@dataclass
class SharedPlace(Place):
    """What is public, and the list of clients."""

    gate: Gate | None = None
    """Of the user who acts; None for the local owner."""

    @contextmanager
    def read(self) -> Iterator[SharedUnit]:
        """One read transaction; a user who does not run the portfolio sees public facts and the granted clients.

        Raises:
            PermissionDeniedError: whoever acts is not a user any more.
        """
        gate = self.gate
        granted = gate.rights().granted if gate else None
        with self.database.transaction(write=False) as conn:
            if gate is None or granted is None:
                yield SharedUnit(conn, self.actor)
            else:
                yield LimitedSharedUnit(conn, self.actor, granted, gate.admin)

    @contextmanager
    def write(self) -> Iterator[SharedUnit]:
        """One write transaction: all of the block or nothing.

        Raises:
            PermissionDeniedError: whoever acts does not run the portfolio.
        """
        actor = self.gate.admin().ref if self.gate else self.actor
        with self.database.transaction(write=True) as conn:
            yield SharedUnit(conn, actor)

    def facts(self, now: datetime) -> SharedFacts:
        """The public facts as the fetching side asks for them; changes are stamped with `now`."""
        from knowledge.store.shared_facts import SharedFacts  # noqa: PLC0415 - with it come the records of all facts

        return SharedFacts(self.read, self.write, now)


@dataclass
class ClientPlace(Place):
    """Everything of one client."""

    gate: Gate | None = None
    """Of the user who acts; None for the local owner."""

    @property
    def client_id(self) -> ClientId:
        """Whose place it is."""
        return self.path.name

    @property
    def folder(self) -> Path:
        """The folder, for whoever reads and writes files in it.

        Raises:
            NotFoundError: whoever acts may not see this client any more.
        """
        if self.gate is not None:
            self.gate.client(self.client_id, "read")
        return self.path

    @contextmanager
    def read(self) -> Iterator[ClientUnit]:
        """One read transaction.

        Raises:
            NotFoundError: whoever acts may not see this client any more.
        """
        if self.gate is not None:
            self.gate.client(self.client_id, "read")
        with self.database.transaction(write=False) as conn:
            yield ClientUnit(conn, self.actor)

    @contextmanager
    def write(self, need: Need = "edit") -> Iterator[ClientUnit]:
        """One write transaction: all of the block or nothing.

        Args:
            need: what the role of whoever acts must allow.

        Raises:
            NotFoundError: whoever acts may not see this client any more.
            PermissionDeniedError: the role does not allow it.
        """
        if self.gate is not None:
            self.gate.client(self.client_id, need)
        with self.database.transaction(write=True) as conn:
            yield ClientUnit(conn, self.actor)

    @property
    def briefs_folder(self) -> Path:
        """Where the client's briefs are written as files."""
        return self.folder / "briefs"
