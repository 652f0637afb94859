"""A client's confirmed names and quiet rules, with what each rule silenced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from knowledge.errors import NotFoundError
from knowledge.records.feedback import Alias, QuietHit, QuietRule
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_client import aliases, quiet_hits, quiet_rules
from knowledge.store.types import row_of


class Aliases:
    """Rows of `aliases` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, closed: bool = False) -> tuple[Alias, ...]:
        """Aliases that hold, oldest first; with `closed` those taken back too."""
        where = () if closed else (aliases.c.closed_at.is_(None),)
        return read_all(self._conn, aliases, Alias, *where, order_by=aliases.c.created_at)

    def put(self, records: Sequence[Alias]) -> None:
        """Keeps aliases by id."""
        upsert(self._conn, aliases, [row_of(record, aliases) for record in records])

    def close(self, alias_id: str, at: datetime) -> Alias:
        """Takes an alias back: it no longer counts, and stays on record.

        Raises:
            NotFoundError: no alias of that id holds.
        """
        for alias in self.list():
            if alias.id == alias_id:
                closed = alias.model_copy(update={"closed_at": at})
                self.put([closed])
                return closed
        raise NotFoundError("no such alias", subject=alias_id, hint="`vciso assets aliases CLIENT` shows them.")


class QuietRules:
    """Rows of `quiet_rules` and `quiet_hits` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, closed: bool = False) -> tuple[QuietRule, ...]:
        """Rules that hold, oldest first; with `closed` those taken back too."""
        where = () if closed else (quiet_rules.c.closed_at.is_(None),)
        return read_all(self._conn, quiet_rules, QuietRule, *where, order_by=quiet_rules.c.created_at)

    def put(self, records: Sequence[QuietRule]) -> None:
        """Keeps rules by id."""
        upsert(self._conn, quiet_rules, [row_of(record, quiet_rules) for record in records])

    def close(self, rule_id: str, at: datetime) -> QuietRule:
        """Takes a rule back: it no longer counts, and stays on record.

        Raises:
            NotFoundError: no rule of that id holds.
        """
        for rule in self.list():
            if rule.id == rule_id:
                closed = rule.model_copy(update={"closed_at": at})
                self.put([closed])
                return closed
        raise NotFoundError("no such rule", subject=rule_id, hint="`vciso rule list CLIENT` shows them.")

    def hits(self) -> tuple[QuietHit, ...]:
        """Everything that rules ever kept quiet, by rule."""
        return read_all(self._conn, quiet_hits, QuietHit)

    def put_hits(self, records: Sequence[QuietHit]) -> None:
        """Keeps hits by rule and item."""
        upsert(self._conn, quiet_hits, [row_of(record, quiet_hits) for record in records])
