"""Asks, at each action, what whoever acts may do right now; refusals are written down without a client's facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from knowledge.errors import NotFoundError, PermissionDeniedError
from knowledge.records.access import ROLE_WORDS, Need, Principal, Role, User, allows
from knowledge.records.base import ClientId
from knowledge.records.client import CLIENT_ID, Client
from knowledge.store.engine import Database
from knowledge.store.units import SharedUnit

NEED_WORDS: Final[dict[Need, str]] = {
    "read": "see this client",
    "edit": "change this client's records",
    "review": "approve or reject for this client",
    "own": "change how this client is run",
}
LISTED_PER_HOUR: Final = 20
"""Refusals of one person that are written down in an hour; the last of them says that there may be more."""
LISTED_ALTOGETHER: Final = 200
_DENIED: Final = "access.denied"


def no_such_client(client_id: object) -> NotFoundError:
    """The one answer for an id that does not exist, is malformed, or is not for whoever asks."""
    return NotFoundError("no such client", subject=str(client_id)[:60], hint="`vciso client list` shows them.")


class Shared(Protocol):
    """What a gate needs of the shared place."""

    @property
    def database(self) -> Database:
        """Its database."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user may do at the moment of asking."""

    user: User
    roles: dict[str, Role]
    """By the client's reference."""

    @property
    def granted(self) -> frozenset[str] | None:
        """References of the clients that there are for this user; None for all."""
        return None if self.user.admin else frozenset(self.roles)

    def role_at(self, client_ref: str) -> Role | None:
        """The role at a client."""
        return "owner" if self.user.admin else self.roles.get(client_ref)


class DenialLog:
    """Rows of refusals in the shared audit chain, bounded by the rows that are there; safe to share between threads.

    Args:
        shared: gives the shared place.
        clock: the time, aware.
    """

    def __init__(self, shared: Callable[[], Shared], clock: Callable[[], datetime]) -> None:
        self._shared = shared
        self._clock = clock

    def add(self, who: str, need: str, client_ref: str) -> None:
        """Writes one refusal down, unless this hour's share is used up; the last one of the share says so.

        Args:
            who: opaque name of the person.
            need: what was wanted.
            client_ref: opaque name of the client; empty where there is none of that id.
        """
        now = self._clock()
        since = now - timedelta(hours=1)
        with self._shared().database.transaction(write=False) as conn:
            rows = SharedUnit(conn, who).audit
            left = min(
                LISTED_PER_HOUR - rows.count(_DENIED, since, actor=who), LISTED_ALTOGETHER - rows.count(_DENIED, since)
            )
        if left <= 0:
            return
        more = {"more_in_this_hour": "not listed"} if left == 1 else {}
        with self._shared().database.transaction(write=True) as conn:
            SharedUnit(conn, who).audit.append(now, _DENIED, who, need=need, client=client_ref, **more)


class Gate:
    """Stands before every place that a user opens.

    Args:
        principal: a user; the local owner has no gate.
        shared: gives the shared place, unguarded.
        denials: where refusals are written down.
    """

    def __init__(self, principal: Principal, shared: Callable[[], Shared], denials: DenialLog) -> None:
        self._principal = principal
        self._shared = shared
        self._denials = denials

    @property
    def email(self) -> str:
        """Who acts, as a client's own audit chain names them."""
        return self._principal.email

    def rights(self, need: str = "read") -> Rights:
        """What the user may do now.

        Raises:
            PermissionDeniedError: not a user, or not any more.
        """
        found, _ = self._look()
        if found is None:
            self._deny(stranger(self.email), need, "")
            raise PermissionDeniedError(
                "is not a user of this portfolio",
                subject=self.email,
                hint="Ask an administrator to add you (`vciso user add`).",
            )
        return found

    def client(self, client_id: ClientId, need: Need) -> Client:
        """The client's row, if the user may do this with it now.

        Raises:
            NotFoundError: no such client, or none that the user may see: the same words.
            PermissionDeniedError: the role allows looking but not this.
        """
        seen, found = self._look(client_id)
        rights = seen or self.rights(need)
        role = rights.role_at(found.ref) if found else None
        if found is not None and allows(role, need):
            return found
        self._deny(rights.user.ref, need, found.ref if found else "")
        if found is None or role is None:
            raise no_such_client(client_id)
        raise PermissionDeniedError(
            f"your role is {role} ({ROLE_WORDS[role]}), which does not allow you to {NEED_WORDS[need]}",
            subject=found.id,
            hint="Ask an owner of the client or an administrator.",
        )

    def admin(self) -> User:
        """The user, who runs the portfolio.

        Raises:
            PermissionDeniedError: the user does not.
        """
        user = self.rights("admin").user
        if not user.admin:
            self._deny(user.ref, "admin", "")
            raise PermissionDeniedError(
                "only administrators of the portfolio may do this", subject=user.email, hint="Ask one of them."
            )
        return user

    def may(self, client_id: ClientId, need: Need) -> bool:
        """Whether `client` would let it pass; nothing is written down."""
        rights, found = self._look(client_id)
        return rights is not None and found is not None and allows(rights.role_at(found.ref), need)

    def _look(self, client_id: ClientId = "") -> tuple[Rights | None, Client | None]:
        """The user's rights and the client, whatever these rights say of it, in one reading."""
        with self._shared().database.transaction(write=False) as conn:
            unit = SharedUnit(conn, "")
            user = unit.users.find(self.email)
            roles = {grant.client_ref: grant.role for grant in unit.users.grants(email=self.email)} if user else {}
            known = isinstance(client_id, str) and CLIENT_ID.match(client_id)
            found = unit.clients.find(client_id) if known else None
        return (Rights(user, roles) if user else None), found

    def _deny(self, who: str, need: str, client_ref: str) -> None:
        self._denials.add(who, need, client_ref)


def stranger(email: str) -> str:
    """Opaque name of somebody who is no user: `x-` and 12 hex digits of the address's SHA-256."""
    return f"x-{hashlib.sha256(email.encode()).hexdigest()[:12]}"
