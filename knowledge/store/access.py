"""Users, their roles per client, and the runs of the schedule, in the shared place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, delete, func, select

from knowledge.errors import NotFoundError
from knowledge.records.access import Grant, User
from knowledge.records.schedule import ScheduledRun
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_shared import grants, scheduled_runs, users
from knowledge.store.types import row_of


class Users:
    """Rows of `users` and `grants` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def any(self) -> bool:
        """Whether somebody may sign in at all."""
        return bool(self._conn.execute(select(func.count()).select_from(users)).scalar_one())

    def list(self) -> tuple[User, ...]:
        """Everybody, by address."""
        return read_all(self._conn, users, User)

    def find(self, email: str) -> User | None:
        """The user of this address, in its kept spelling."""
        found = read_all(self._conn, users, User, users.c.email == email)
        return found[0] if found else None

    def get(self, email: str) -> User:
        """The user of this address.

        Raises:
            NotFoundError: no such user.
        """
        found = self.find(email)
        if found is None:
            raise NotFoundError("no such user", subject=email[:80], hint="`vciso user list` shows them.")
        return found

    def put(self, user: User) -> None:
        """Keeps a user by address."""
        upsert(self._conn, users, [row_of(user, users)])

    def remove(self, email: str) -> None:
        """Removes a user with every role."""
        self._conn.execute(delete(grants).where(grants.c.email == email))
        self._conn.execute(delete(users).where(users.c.email == email))

    def grants(self, *, email: str = "", client_ref: str = "") -> tuple[Grant, ...]:
        """Roles, of one user or at one client where it is named."""
        where = [grants.c.email == email] if email else []
        if client_ref:
            where.append(grants.c.client_ref == client_ref)
        return read_all(self._conn, grants, Grant, *where)

    def grant(self, given: Grant) -> None:
        """Gives a role; it replaces the one that the user had at the client."""
        upsert(self._conn, grants, [row_of(given, grants)])

    def revoke(self, email: str, client_ref: str) -> bool:
        """Takes a user's role at a client; False where there was none."""
        where = (grants.c.email == email, grants.c.client_ref == client_ref)
        return bool(self._conn.execute(delete(grants).where(*where)).rowcount)

    def forget_client(self, client_ref: str) -> tuple[str, ...]:
        """Takes every role at a client that is removed; whoever is left without any, and runs nothing, goes too.

        Returns:
            The addresses of the users that are gone.
        """
        held = {one.email for one in self.grants(client_ref=client_ref)}
        self._conn.execute(delete(grants).where(grants.c.client_ref == client_ref))
        gone = [
            user.email
            for user in self.list()
            if user.email in held and not user.admin and not self.grants(email=user.email)
        ]
        for email in gone:
            self.remove(email)
        return tuple(gone)


class Runs:
    """Rows of `scheduled_runs` inside one transaction.

    Args:
        conn: the transaction.
        only: the references of the clients that there are for whoever asks; None for all.
    """

    def __init__(self, conn: Connection, *, only: frozenset[str] | None = None) -> None:
        self._conn = conn
        self._only = only

    def get(self, client_ref: str, day: date) -> ScheduledRun | None:
        """The run of a client's day."""
        found = [run for run in self.since(day) if (run.client_ref, run.day) == (client_ref, day)]
        return found[0] if found else None

    def since(self, day: date) -> tuple[ScheduledRun, ...]:
        """Runs of that day and later ones, of every client, in order of the day."""
        where, order = scheduled_runs.c.day >= day, scheduled_runs.c.day
        found = read_all(self._conn, scheduled_runs, ScheduledRun, where, order_by=order)
        return tuple(run for run in found if self._only is None or run.client_ref in self._only)

    def put(self, run: ScheduledRun) -> None:
        """Keeps a run by client and day."""
        upsert(self._conn, scheduled_runs, [row_of(run, scheduled_runs)])

    def forget(self, client_refs: Collection[str]) -> None:
        """Removes the runs of clients that are gone."""
        self._conn.execute(delete(scheduled_runs).where(scheduled_runs.c.client_ref.in_(list(client_refs))))
