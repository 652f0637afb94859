"""What one transaction on a place can reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection, func, select

from knowledge.errors import PermissionDeniedError
from knowledge.store import tables_client, tables_shared
from knowledge.store.access import Runs, Users
from knowledge.store.advisories import Advisories
from knowledge.store.answers import Answers
from knowledge.store.assets import Assets, ThirdParties
from knowledge.store.attestations import Attestations, SignOffs
from knowledge.store.audit_rows import AuditRows
from knowledge.store.briefs import Briefs, Marks, Notes, Verdicts
from knowledge.store.clients import Clients
from knowledge.store.documents import Documents
from knowledge.store.feedback import Aliases, QuietRules
from knowledge.store.frameworks import ImportedFrameworks
from knowledge.store.model_usage import ModelUsage
from knowledge.store.news import News
from knowledge.store.outbox import Outbox, PlaceSettings
from knowledge.store.policies import EvidenceRows, Policies, PolicyReviews
from knowledge.store.policy_exceptions import PolicyExceptions, SoaDecisions
from knowledge.store.proposals import Proposals
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
        self.frameworks = ImportedFrameworks(
            conn, tables_shared.imported_frameworks, tables_shared.imported_requirements
        )
        self.users = Users(conn)
        self.runs = Runs(conn)
        self.outbox = Outbox(conn, tables_shared.outbox)
        self.settings = PlaceSettings(conn, tables_shared.place_settings)
        self.audit = AuditRows(conn, tables_shared.audit_rows, actor)
        self._conn = conn

    def newest_change(self) -> datetime | None:
        """When a news item, an advisory or a KEV entry of this place last came or changed; None where there is none."""
        columns = (
            tables_shared.news_items.c.last_changed_at,
            tables_shared.kev_entries.c.changed_at,
            tables_shared.advisories.c.changed_at,
        )
        found = [self._conn.execute(select(func.max(column))).scalar_one() for column in columns]
        return max((one for one in found if one is not None), default=None)

    def changed_since(self, since: datetime | None) -> int:
        """How many news items, CVEs, KEV entries and advisories this place first saw or saw changed since then."""
        columns = (
            tables_shared.news_items.c.last_changed_at,
            tables_shared.vulnerabilities.c.changed_at,
            tables_shared.kev_entries.c.changed_at,
            tables_shared.advisories.c.changed_at,
        )
        total = 0
        for column in columns:
            statement = select(func.count()).select_from(column.table)
            total += self._conn.execute(statement if since is None else statement.where(column >= since)).scalar_one()
        return total


class _Withheld:
    """Stands where whoever acts has nothing to look at."""

    def __init__(self, refuse: Callable[[], object]) -> None:
        self._refuse = refuse

    def __getattr__(self, name: str) -> NoReturn:
        self._refuse()
        raise PermissionDeniedError("is for administrators of the portfolio", subject=name)


class LimitedSharedUnit(SharedUnit):
    """The shared place as a user sees it who does not run the portfolio: public facts and the granted clients.

    Args:
        conn: the transaction.
        actor: who acts.
        granted: references of the clients that there are for this user.
        refuse: raises for everything else, and writes that down.
    """

    def __init__(self, conn: Connection, actor: str, granted: frozenset[str], refuse: Callable[[], object]) -> None:
        super().__init__(conn, actor)
        self.clients = Clients(conn, only=granted)
        self.runs = Runs(conn, only=granted)
        withheld: Any = _Withheld(refuse)
        self.users = self.outbox = self.settings = self.audit = withheld


class ClientUnit:
    """One client's aggregates, all in one transaction."""

    def __init__(self, conn: Connection, actor: str) -> None:
        self.assets = Assets(conn)
        self.third_parties = ThirdParties(conn)
        self.verdicts = Verdicts(conn)
        self.briefs = Briefs(conn)
        self.notes = Notes(conn)
        self.aliases = Aliases(conn)
        self.quiet_rules = QuietRules(conn)
        self.marks = Marks(conn)
        self.model_usage = ModelUsage(conn)
        self.frameworks = ImportedFrameworks(
            conn, tables_client.imported_frameworks, tables_client.imported_requirements
        )
        self.documents = Documents(conn)
        self.answers = Answers(conn)
        self.policies = Policies(conn)
        self.policy_reviews = PolicyReviews(conn)
        self.proposals = Proposals(conn)
        self.evidence = EvidenceRows(conn)
        self.sign_offs = SignOffs(conn)
        self.attestations = Attestations(conn)
        self.policy_exceptions = PolicyExceptions(conn)
        self.soa_decisions = SoaDecisions(conn)
        self.outbox = Outbox(conn, tables_client.outbox)
        self.settings = PlaceSettings(conn, tables_client.place_settings)
        self.audit = AuditRows(conn, tables_client.audit_rows, actor)
