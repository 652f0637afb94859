"""Sign-off requests, who is asked in them, and the sign-offs, which are only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, insert, select

from knowledge.errors import ConflictError, NotFoundError
from knowledge.records.attestation import Attestation, ChainPlace, Signatory, SignOffRequest
from knowledge.store.rows import read_all, upsert
from knowledge.store.tables_client import attestations, sign_off_requests, signatories
from knowledge.store.types import row_of


class SignOffs:
    """Rows of `sign_off_requests` and `signatories` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, closed: bool = False, policy_id: str = "") -> tuple[SignOffRequest, ...]:
        """Open requests, oldest first; with `closed` those that were closed too."""
        where: list[ColumnElement[bool]] = [] if closed else [sign_off_requests.c.closed_at.is_(None)]
        if policy_id:
            where.append(sign_off_requests.c.policy_id == policy_id)
        column = sign_off_requests.c
        found = read_all(self._conn, sign_off_requests, SignOffRequest, *where, order_by=column.created_at)
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id)))

    def get(self, request_id: str) -> SignOffRequest:
        """One request.

        Raises:
            NotFoundError: no such request.
        """
        found = read_all(self._conn, sign_off_requests, SignOffRequest, sign_off_requests.c.id == request_id)
        if not found:
            raise NotFoundError(
                "no such sign-off request", subject=request_id[:60], hint="`vciso attest status CLIENT` shows them."
            )
        return found[0]

    def put(self, request: SignOffRequest, people: Sequence[Signatory] = ()) -> None:
        """Keeps a request by id, and the people asked in it."""
        upsert(self._conn, sign_off_requests, [row_of(request, sign_off_requests)])
        self.put_people(people)

    def people(self, request_id: str) -> tuple[Signatory, ...]:
        """Who is asked in a request, by group and name."""
        found = read_all(self._conn, signatories, Signatory, signatories.c.request_id == request_id)
        return tuple(sorted(found, key=lambda one: (one.group.casefold(), one.name.casefold(), one.email)))

    def person(self, signatory_id: str) -> Signatory | None:
        """One person asked; None where there is none of that id."""
        found = read_all(self._conn, signatories, Signatory, signatories.c.id == signatory_id)
        return found[0] if found else None

    def put_people(self, people: Sequence[Signatory]) -> None:
        """Keeps people by id."""
        upsert(self._conn, signatories, [row_of(one, signatories) for one in people])


class Attestations:
    """Rows of `attestations` inside one transaction: added and read, never changed."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, attestation: Attestation, chain: ChainPlace) -> None:
        """Keeps a sign-off with its place in the audit chain.

        Raises:
            ConflictError: this person has signed this request already.
        """
        taken = select(attestations.c.id).where(attestations.c.signatory_id == attestation.signatory_id)
        if self._conn.execute(taken).first() is not None:
            raise ConflictError("has signed already", subject=attestation.email)
        record = attestation.model_dump(mode="json")
        row = row_of(attestation, attestations, record=record, chain_seq=chain.seq, chain_hash=chain.hash)
        self._conn.execute(insert(attestations).values(row))

    def list(self, *, request_id: str = "", policy_id: str = "") -> tuple[Attestation, ...]:
        """Sign-offs, oldest first; of one request or one policy where it is named."""
        statement = select(attestations.c.record)
        if request_id:
            statement = statement.where(attestations.c.request_id == request_id)
        if policy_id:
            statement = statement.where(attestations.c.policy_id == policy_id)
        found = [Attestation.model_validate(record) for record in self._conn.execute(statement).scalars()]
        return tuple(sorted(found, key=lambda one: (one.signed_at, one.id)))

    def get(self, attestation_id: str) -> tuple[Attestation, ChainPlace]:
        """A sign-off and its place in the audit chain.

        Raises:
            NotFoundError: no such sign-off.
        """
        row = self._conn.execute(select(attestations).where(attestations.c.id == attestation_id)).mappings().first()
        if row is None:
            raise NotFoundError("no such sign-off", subject=attestation_id[:60])
        place = ChainPlace(seq=row["chain_seq"], hash=row["chain_hash"])
        return Attestation.model_validate(row["record"]), place
