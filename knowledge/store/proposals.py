"""Proposals and what was decided on them."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from knowledge.errors import ConflictError, NotFoundError
from knowledge.records.proposal import Proposal
from knowledge.store.tables_client import proposals
from knowledge.store.types import row_of


class Proposals:
    """Rows of `proposals` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, decided: bool = False, policy_id: str = "", ref: str = "") -> tuple[Proposal, ...]:
        """Open proposals, newest first; with `decided` the others too; of one policy or one trigger where named."""
        statement = select(proposals.c.record)
        if not decided:
            statement = statement.where(proposals.c.status == "open")
        if policy_id:
            statement = statement.where(proposals.c.policy_id == policy_id)
        if ref:
            statement = statement.where(proposals.c.trigger_ref == ref)
        found = [Proposal.model_validate(record) for record in self._conn.execute(statement).scalars()]
        return tuple(sorted(found, key=_number, reverse=True))

    def get(self, proposal_id: str) -> Proposal:
        """One proposal; the id is read with or without `P-`, in either case.

        Raises:
            NotFoundError: no such proposal.
        """
        wanted = proposal_id.strip().upper()
        wanted = wanted if wanted.startswith("P-") else f"P-{wanted}"
        record = self._conn.execute(select(proposals.c.record).where(proposals.c.id == wanted)).scalar_one_or_none()
        if record is None:
            raise NotFoundError(
                "no such proposal", subject=proposal_id[:40], hint="`vciso proposals CLIENT --all` shows them."
            )
        return Proposal.model_validate(record)

    def next_id(self) -> str:
        """The id of the next proposal: one above the highest that was ever given."""
        numbers = [int(one[2:]) for one in self._conn.execute(select(proposals.c.id)).scalars()]
        return f"P-{max(numbers, default=0) + 1}"

    def add(self, proposal: Proposal) -> None:
        """Keeps a new proposal."""
        self._conn.execute(insert(proposals).values(self._row(proposal)))

    def decide(self, proposal: Proposal) -> None:
        """Keeps what was decided on a proposal.

        Raises:
            ConflictError: it was decided already.
        """
        statement = update(proposals).where(proposals.c.id == proposal.id, proposals.c.status == "open")
        if self._conn.execute(statement.values(self._row(proposal))).rowcount != 1:
            known = self.get(proposal.id)
            raise ConflictError(f"was {known.status} by {known.reviewer} already", subject=proposal.id)

    def _row(self, proposal: Proposal) -> dict[str, object]:
        trigger = proposal.trigger
        extra = {"trigger_kind": trigger.kind, "trigger_ref": trigger.ref}
        return row_of(proposal, proposals, record=proposal.model_dump(mode="json"), **extra)


def _number(proposal: Proposal) -> int:
    return int(proposal.id[2:])
