"""What one transaction on a place can reach."""

from __future__ import annotations

from sqlalchemy import Connection

from knowledge.store import tables_client, tables_shared
from knowledge.store.advisories import Advisories
from knowledge.store.assets import Assets, ThirdParties
from knowledge.store.audit_rows import AuditRows
from knowledge.store.briefs import Briefs, Marks, Notes, Verdicts
from knowledge.store.clients import Clients
from knowledge.store.news import News
from knowledge.store.sources import Sources
from knowledge.store.vulnerabilities import Vulnerabilities


class SharedUnit:
    """The shared place's aggregates, all in one transaction."""

    def __init__(self, conn: Connection, actor: str) -> None:
        self.clients = Clients(conn)
        self.sources = Sources(conn)
        self.news = News(conn)
        self.vulnerabilities = Vulnerabilities(conn)
        self.advisories = Advisories(conn)
        self.audit = AuditRows(conn, tables_shared.audit_rows, actor)


class ClientUnit:
    """One client's aggregates, all in one transaction."""

    def __init__(self, conn: Connection, actor: str) -> None:
        self.assets = Assets(conn)
        self.third_parties = ThirdParties(conn)
        self.verdicts = Verdicts(conn)
        self.briefs = Briefs(conn)
        self.notes = Notes(conn)
        self.marks = Marks(conn)
        self.audit = AuditRows(conn, tables_client.audit_rows, actor)
