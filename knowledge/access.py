"""Users and their roles, and who a sign-in is: what the command line and the app call."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from knowledge.errors import BadInputError, ConflictError, PermissionDeniedError
from knowledge.places import Places
from knowledge.records.access import LOCAL_OWNER, Grant, Principal, Role, User, clean_address
from knowledge.records.base import ClientId, Record
from knowledge.settings import Settings
from knowledge.store.units import SharedUnit

LEEWAY = timedelta(minutes=5)
"""How far the provider's clock may be ahead of ours."""


class UserRoles(Record):
    """A user and the roles that the user has."""

    user: User
    roles: dict[ClientId, Role]


def checked_address(text: str) -> str:
    """An address in its kept spelling.

    Raises:
        BadInputError: not one plain address.
    """
    try:
        return clean_address(text)
    except ValueError as error:
        raise BadInputError(f"is {error}", subject=text[:80], hint="Write it without a name or brackets.") from None


def add_user(places: Places, email: str, now: datetime, *, name: str = "", admin: bool = False) -> User:
    """Adds someone who may sign in; without a role yet, unless as an administrator of the portfolio.

    Raises:
        BadInputError: not an address.
        ConflictError: there is such a user.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    user = User(
        email=checked_address(email),
        ref=f"u-{secrets.token_hex(6)}",
        name=" ".join(name.split())[:200],
        admin=admin,
        added_at=now,
    )
    with places.shared().write() as unit:
        if unit.users.find(user.email) is not None:
            raise ConflictError("is a user already", subject=user.email, hint="`vciso user list` shows every role.")
        unit.users.put(user)
        unit.audit.append(now, "user.add", user.ref, admin=admin)
    return user


def set_admin(places: Places, email: str, now: datetime, *, admin: bool) -> User:
    """Makes a user an administrator of the portfolio, or an ordinary user again.

    Raises:
        NotFoundError: no such user.
        ConflictError: nobody else who signs in runs the portfolio.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    with places.shared().write() as unit:
        user = unit.users.get(checked_address(email))
        if not admin:
            _check_not_the_last(places, unit, user)
        user = user.model_copy(update={"admin": admin})
        unit.users.put(user)
        unit.audit.append(now, "user.admin", user.ref, admin=admin)
    return user


def grant_role(places: Places, email: str, client_id: ClientId, role: Role, now: datetime) -> Grant:
    """Gives a user a role at a client; it replaces the one that the user had there.

    Raises:
        NotFoundError: no such user or client.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    places.require_admin()
    client = places.profile(client_id)
    given = Grant(email=checked_address(email), client_ref=client.ref, role=role, granted_at=now)
    with places.shared().write() as unit:
        user = unit.users.get(given.email)
        unit.users.grant(given)
        unit.audit.append(now, "role.grant", user.ref, client=client.ref, role=role)
    with places.client(client_id) as place, place.write("own") as own:
        own.audit.append(now, "role.grant", user.email, role=role)
    return given


def revoke_role(places: Places, email: str, client_id: ClientId, now: datetime) -> bool:
    """Takes a user's role at a client; what the user does next there is refused. False where there was none.

    Raises:
        NotFoundError: no such user or client.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    places.require_admin()
    client = places.profile(client_id)
    with places.shared().write() as unit:
        user = unit.users.get(checked_address(email))
        taken = unit.users.revoke(user.email, client.ref)
        if taken:
            unit.audit.append(now, "role.revoke", user.ref, client=client.ref)
    if taken:
        with places.client(client_id) as place, place.write("own") as own:
            own.audit.append(now, "role.revoke", user.email)
    return taken


def remove_user(places: Places, email: str, now: datetime) -> User:
    """Removes a user with every role; a session that is open is refused at its next action.

    Raises:
        NotFoundError: no such user.
        ConflictError: nobody else who signs in runs the portfolio.
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    with places.shared().write() as unit:
        user = unit.users.get(checked_address(email))
        _check_not_the_last(places, unit, user)
        unit.users.remove(user.email)
        unit.audit.append(now, "user.remove", user.ref)
    return user


def _check_not_the_last(places: Places, unit: SharedUnit, user: User) -> None:
    """The last administrator stays one, so that the app is not left without any; the owner of the home is not bound.

    Raises:
        ConflictError: the user is the last one.
    """
    if places.is_local_owner or not user.admin:
        return
    if not any(one.admin and one.email != user.email for one in unit.users.list()):
        raise ConflictError(
            "is the last one who runs the portfolio", subject=user.email, hint="Let somebody else run it first."
        )


def list_users(places: Places) -> tuple[UserRoles, ...]:
    """Everybody who may sign in, with their roles, by address.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    places.require_admin()
    with places.shared().read() as unit:
        ids = {client.ref: client.id for client in unit.clients.list(archived=True)}
        return tuple(
            UserRoles(
                user=user,
                roles={
                    ids[one.client_ref]: one.role
                    for one in unit.users.grants(email=user.email)
                    if one.client_ref in ids
                },
            )
            for user in unit.users.list()
        )


def sign_in_needed(places: Places) -> bool:
    """Whether the app asks for a sign-in: a provider is set, or there is a user."""
    if places.settings.oidc_issuer:
        return True
    with places.shared().read() as unit:
        return unit.users.any()


def principal_from_claims(claims: Mapping[str, Any] | None, settings: Settings, *, now: datetime) -> Principal:
    """Who a sign-in is, by the claims of the provider's ID token (Streamlit: `st.user.to_dict()`); pure.

    The token's signature and audience were checked where it was received; here: that somebody is signed in, the
    issuer, that the address was verified by it, and that the sign-in is not too old.

    Raises:
        PermissionDeniedError: one of these does not hold.
    """
    if not claims or claims.get("is_logged_in") is False:
        raise PermissionDeniedError("nobody is signed in", hint="Sign in first.")
    if not settings.oidc_issuer or claims.get("iss") != settings.oidc_issuer:
        raise PermissionDeniedError(
            "the sign-in is not from the provider that this copilot accepts",
            hint="An administrator sets VCISO_OIDC_ISSUER to the provider's `iss`.",
        )
    if claims.get("email_verified") is not True:
        raise PermissionDeniedError(
            "the provider does not say that your e-mail address is verified", hint="Verify it there and sign in again."
        )
    try:
        email = clean_address(str(claims.get("email", "")))
    except ValueError:
        raise PermissionDeniedError("the sign-in names no e-mail address", hint="Ask the administrator.") from None
    at = claims.get("iat", claims.get("auth_time"))
    known = isinstance(at, int | float) and not isinstance(at, bool) and 0 < at < 1e11
    age = now - datetime.fromtimestamp(at, UTC) if known and at is not None else None
    if age is None or age > timedelta(hours=settings.sign_in_hours) or age < -LEEWAY:
        raise PermissionDeniedError("the sign-in is too old", subject=email, hint="Sign out and sign in again.")
    return Principal(kind="user", email=email)


def principal_of_session(places: Places, claims: Mapping[str, Any] | None, *, now: datetime) -> Principal:
    """Who acts in a session of the app: the local owner where no sign-in is needed, else whoever signed in.

    Ask again at each run of a page: a user who was removed, or whose sign-in is too old, is refused then.

    Args:
        places: the home, as its owner opened it.
        claims: of the sign-in; None where there is none.
        now: the time of the run.

    Raises:
        PermissionDeniedError: nobody is signed in, the sign-in does not hold, or its address is no user's.
    """
    if not sign_in_needed(places):
        return LOCAL_OWNER
    principal = principal_from_claims(claims, places.settings, now=now)
    with places.acting_as(principal).shared().read():
        return principal
