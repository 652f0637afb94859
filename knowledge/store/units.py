"""What one transaction on a place can reach: each aggregate and its records are read when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Connection, func, select

from knowledge.errors import PermissionDeniedError
from knowledge.store import tables_client, tables_shared

if TYPE_CHECKING:
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
        self._conn = conn
        self._actor = actor

    @cached_property
    def clients(self) -> Clients:
        from knowledge.store.clients import Clients

        return Clients(self._conn)

    @cached_property
    def sources(self) -> Sources:
        from knowledge.store.sources import Sources

        return Sources(self._conn)

    @cached_property
    def news(self) -> News:
        from knowledge.store.news import News

        return News(self._conn)

    @cached_property
    def vulnerabilities(self) -> Vulnerabilities:
        from knowledge.store.vulnerabilities import Vulnerabilities

        return Vulnerabilities(self._conn)

    @cached_property
    def advisories(self) -> Advisories:
        from knowledge.store.advisories import Advisories

        return Advisories(self._conn)

    @cached_property
    def frameworks(self) -> ImportedFrameworks:
        from knowledge.store.frameworks import ImportedFrameworks

        return ImportedFrameworks(self._conn, tables_shared.imported_frameworks, tables_shared.imported_requirements)

    @cached_property
    def users(self) -> Users:
        from knowledge.store.access import Users

        return Users(self._conn)

    @cached_property
    def runs(self) -> Runs:
        from knowledge.store.access import Runs

        return Runs(self._conn)

    @cached_property
    def outbox(self) -> Outbox:
        from knowledge.store.outbox import Outbox

        return Outbox(self._conn, tables_shared.outbox)

    @cached_property
    def settings(self) -> PlaceSettings:
        from knowledge.store.outbox import PlaceSettings

        return PlaceSettings(self._conn, tables_shared.place_settings)

    @cached_property
    def audit(self) -> AuditRows:
        from knowledge.store.audit_rows import AuditRows

        return AuditRows(self._conn, tables_shared.audit_rows, self._actor)

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
        from knowledge.store.access import Runs
        from knowledge.store.clients import Clients

        self.clients = Clients(conn, only=granted)
        self.runs = Runs(conn, only=granted)
        withheld: Any = _Withheld(refuse)
        self.users = self.outbox = self.settings = self.audit = withheld


class ClientUnit:
    """One client's aggregates, all in one transaction."""

    def __init__(self, conn: Connection, actor: str) -> None:
        self._conn = conn
        self._actor = actor

    @cached_property
    def assets(self) -> Assets:
        from knowledge.store.assets import Assets

        return Assets(self._conn)

    @cached_property
    def third_parties(self) -> ThirdParties:
        from knowledge.store.assets import ThirdParties

        return ThirdParties(self._conn)

    @cached_property
    def verdicts(self) -> Verdicts:
        from knowledge.store.briefs import Verdicts

        return Verdicts(self._conn)

    @cached_property
    def briefs(self) -> Briefs:
        from knowledge.store.briefs import Briefs

        return Briefs(self._conn)

    @cached_property
    def notes(self) -> Notes:
        from knowledge.store.briefs import Notes

        return Notes(self._conn)

    @cached_property
    def aliases(self) -> Aliases:
        from knowledge.store.feedback import Aliases

        return Aliases(self._conn)

    @cached_property
    def quiet_rules(self) -> QuietRules:
        from knowledge.store.feedback import QuietRules

        return QuietRules(self._conn)

    @cached_property
    def marks(self) -> Marks:
        from knowledge.store.briefs import Marks

        return Marks(self._conn)

    @cached_property
    def model_usage(self) -> ModelUsage:
        from knowledge.store.model_usage import ModelUsage

        return ModelUsage(self._conn)

    @cached_property
    def frameworks(self) -> ImportedFrameworks:
        from knowledge.store.frameworks import ImportedFrameworks

        return ImportedFrameworks(self._conn, tables_client.imported_frameworks, tables_client.imported_requirements)

    @cached_property
    def documents(self) -> Documents:
        from knowledge.store.documents import Documents

        return Documents(self._conn)

    @cached_property
    def answers(self) -> Answers:
        from knowledge.store.answers import Answers

        return Answers(self._conn)

    @cached_property
    def policies(self) -> Policies:
        from knowledge.store.policies import Policies

        return Policies(self._conn)

    @cached_property
    def policy_reviews(self) -> PolicyReviews:
        from knowledge.store.policies import PolicyReviews

        return PolicyReviews(self._conn)

    @cached_property
    def proposals(self) -> Proposals:
        from knowledge.store.proposals import Proposals

        return Proposals(self._conn)

    @cached_property
    def evidence(self) -> EvidenceRows:
        from knowledge.store.policies import EvidenceRows

        return EvidenceRows(self._conn)

    @cached_property
    def sign_offs(self) -> SignOffs:
        from knowledge.store.attestations import SignOffs

        return SignOffs(self._conn)

    @cached_property
    def attestations(self) -> Attestations:
        from knowledge.store.attestations import Attestations

        return Attestations(self._conn)

    @cached_property
    def policy_exceptions(self) -> PolicyExceptions:
        from knowledge.store.policy_exceptions import PolicyExceptions

        return PolicyExceptions(self._conn)

    @cached_property
    def soa_decisions(self) -> SoaDecisions:
        from knowledge.store.policy_exceptions import SoaDecisions

        return SoaDecisions(self._conn)

    @cached_property
    def outbox(self) -> Outbox:
        from knowledge.store.outbox import Outbox

        return Outbox(self._conn, tables_client.outbox)

    @cached_property
    def settings(self) -> PlaceSettings:
        from knowledge.store.outbox import PlaceSettings

        return PlaceSettings(self._conn, tables_client.place_settings)

    @cached_property
    def audit(self) -> AuditRows:
        from knowledge.store.audit_rows import AuditRows

        return AuditRows(self._conn, tables_client.audit_rows, self._actor)
