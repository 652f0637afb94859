"""Looks into a copy of the shared database for what is left of a removed client, and erases its row from backups."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from knowledge.records.base import ClientId
from knowledge.store.tables_shared import PUBLIC_TABLES, grants, users

_PUBLIC = frozenset(table.name for table in PUBLIC_TABLES)
_PEOPLE = frozenset({users.name, grants.name})
"""Addresses of people who stay; the removal reports those that name the client, and leaves them."""


def client_rows_naming(path: Path, words: Collection[str]) -> bool:
    """Whether a shared database names one of the words outside its public tables, or has unused pages that might.

    Public tables hold publishers' texts; a page that no row uses could hold anything, so it counts as named.
    """
    needles = {form for word in words for form in (word.casefold(), json.dumps(word)[1:-1].casefold())}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        if raw.execute("PRAGMA freelist_count").fetchone()[0]:
            return True
        tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(tables) - _PUBLIC - _PEOPLE):
            for row in raw.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name that the schema itself gave
                text = "\x00".join(str(value) for value in row).casefold()
                if any(needle in text for needle in needles):
                    return True
    return False


def erase_client_row(path: Path, client_id: ClientId, addresses: Collection[str] = ()) -> None:
    """Deletes a client's row, unsent portfolio pages and users from a backup of the shared database; rewrites it.

    Args:
        path: the backup.
        client_id: the client that is removed.
        addresses: users who are gone with it.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA secure_delete = ON")
        known = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "clients" in known:
            raw.execute("DELETE FROM clients WHERE id = ?", (client_id,))
        if "outbox" in known:
            raw.execute("DELETE FROM outbox WHERE message IS NOT NULL")
        if "users" in known:
            for address in addresses:
                raw.execute("DELETE FROM grants WHERE email = ?", (address,))
                raw.execute("DELETE FROM users WHERE email = ?", (address,))
        raw.execute("VACUUM")
