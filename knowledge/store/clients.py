"""The list of clients, in the shared place."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, update

from knowledge.errors import ConflictError, NotFoundError
from knowledge.records.base import ClientId
from knowledge.records.client import Client
from knowledge.store.rows import read_all, read_by_key
from knowledge.store.tables_shared import clients
from knowledge.store.types import row_of


class Clients:
    """Rows of `clients` inside one transaction.

    Args:
        conn: the transaction.
        only: the references of the clients that there are for whoever asks; None for all.
    """

    def __init__(self, conn: Connection, *, only: frozenset[str] | None = None) -> None:
        self._conn = conn
        self._only = only

    def add(self, client: Client) -> None:
        """Adds a client.

        Raises:
            ConflictError: the id is taken.
        """
        if read_by_key(self._conn, clients, Client, [client.id]):
            raise ConflictError(
                "there is a client of that id already", subject=client.id, hint="Choose another id with --id."
            )
        self._conn.execute(insert(clients).values(row_of(client, clients)))

    def find(self, client_id: ClientId) -> Client | None:
        """The client; None where there is none of that id."""
        found = read_by_key(self._conn, clients, Client, [client_id]).get(client_id)
        return found if found is not None and self._sees(found) else None

    def get(self, client_id: ClientId) -> Client:
        """The client.

        Raises:
            NotFoundError: no such client.
        """
        found = self.find(client_id)
        if found is None:
            raise NotFoundError("no such client", subject=client_id, hint="`vciso client list` shows them.")
        return found

    def list(self, *, archived: bool = False) -> tuple[Client, ...]:
        """Active clients by id; with `archived` the archived ones too."""
        where = () if archived else (clients.c.status == "active",)
        return tuple(client for client in read_all(self._conn, clients, Client, *where) if self._sees(client))

    def replace(self, client: Client) -> None:
        """Replaces the client of the same id.

        Raises:
            NotFoundError: no such client.
        """
        self.get(client.id)
        self._conn.execute(update(clients).where(clients.c.id == client.id).values(row_of(client, clients)))

    def remove(self, client_id: ClientId) -> None:
        """Removes the row; a missing one is fine, so that a removal can be resumed."""
        self._conn.execute(delete(clients).where(clients.c.id == client_id))

    def _sees(self, client: Client) -> bool:
        return self._only is None or client.ref in self._only
