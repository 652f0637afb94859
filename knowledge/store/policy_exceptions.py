"""Exceptions from policies, and what was decided on controls for the Statement of Applicability."""

from __future__ import annotations

from sqlalchemy import Connection, insert, literal_column, select

from knowledge.errors import NotFoundError
from knowledge.records.policy_exception import PolicyException
from knowledge.records.soa import SoaDecision
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_client import policy_exceptions, soa_decisions
from knowledge.store.types import row_of


class PolicyExceptions:
    """Rows of `policy_exceptions` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, closed: bool = False, policy_id: str = "") -> tuple[PolicyException, ...]:
        """Exceptions that were not closed, expired ones too, by the day they expire; with `closed` all."""
        statement = select(policy_exceptions.c.record)
        if not closed:
            statement = statement.where(policy_exceptions.c.closed_at.is_(None))
        if policy_id:
            statement = statement.where(policy_exceptions.c.policy_id == policy_id)
        found = [PolicyException.model_validate(record) for record in self._conn.execute(statement).scalars()]
        return tuple(sorted(found, key=lambda one: (one.expires_on, one.id)))

    def get(self, exception_id: str) -> PolicyException:
        """One exception.

        Raises:
            NotFoundError: no such exception.
        """
        statement = select(policy_exceptions.c.record).where(policy_exceptions.c.id == exception_id)
        record = self._conn.execute(statement).scalar_one_or_none()
        if record is None:
            raise NotFoundError(
                "no such exception", subject=exception_id[:60], hint="`vciso exception list CLIENT` shows them."
            )
        return PolicyException.model_validate(record)

    def put(self, exception: PolicyException) -> None:
        """Keeps an exception by id."""
        row = row_of(exception, policy_exceptions, record=exception.model_dump(mode="json"))
        upsert(self._conn, policy_exceptions, [row])


class SoaDecisions:
    """Rows of `soa_decisions` inside one transaction: added and read, so that what was decided before stays."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, decision: SoaDecision) -> None:
        """Keeps a decision beside the earlier ones on the same control."""
        self._conn.execute(insert(soa_decisions).values(row_of(decision, soa_decisions)))

    def history(self, framework_id: str) -> tuple[SoaDecision, ...]:
        """Every decision on a framework's controls, oldest first."""
        mine = soa_decisions.c.framework_id == framework_id
        # In the order they were made in: two of one moment have no other.
        return read_all(self._conn, soa_decisions, SoaDecision, mine, order_by=literal_column("rowid"))

    def current(self, framework_id: str) -> dict[str, SoaDecision]:
        """The last decision on each control, by its id."""
        return {decision.control_id: decision for decision in self.history(framework_id)}
