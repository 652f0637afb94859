"""Who a sign-in makes of a session, and which claims make nobody of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.access import (
    add_user,
    principal_from_claims,
    principal_of_session,
    remove_user,
    sign_in_needed,
)
from knowledge.errors import PermissionDeniedError
from knowledge.places import Places
from knowledge.records.access import LOCAL_OWNER
from knowledge.settings import Settings
from tests.knowledge.test_access import ANN, ROOT, audited

ISSUER = "https://login.example.org/realm"
GOOD = {"is_logged_in": True, "iss": ISSUER, "email": "Ann@Example.org", "email_verified": True, "iat": 0}


def claims(now: datetime, **changes: Any) -> dict[str, Any]:
    return GOOD | {"iat": now.timestamp() - 60} | changes


def test_claims_that_hold_are_a_principal(home: Path, now: datetime) -> None:
    assert principal_from_claims(claims(now), Settings(home=home, oidc_issuer=ISSUER), now=now) == ANN
    by_auth_time = claims(now, auth_time=int(now.timestamp()))
    del by_auth_time["iat"]
    assert principal_from_claims(by_auth_time, Settings(home=home, oidc_issuer=ISSUER), now=now) == ANN


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (None, "nobody is signed in"),
        ({"is_logged_in": False}, "nobody is signed in"),
        ({"iss": "https://evil.example"}, "not from the provider"),
        ({"iss": ISSUER + "/"}, "not from the provider"),
        ({"iss": None}, "not from the provider"),
        ({"email_verified": False}, "verified"),
        ({"email_verified": "true"}, "verified"),
        ({"email_verified": 1}, "verified"),
        ({"email_verified": None}, "verified"),
        ({"email": ""}, "no e-mail"),
        ({"email": None}, "no e-mail"),
        ({"email": ["ann@example.org"]}, "no e-mail"),
        ({"email": "ann@example.org\nroot@example.org"}, "no e-mail"),
        ({"iat": None}, "too old"),
        ({"iat": "now"}, "too old"),
        ({"iat": True}, "too old"),
        ({"iat": 1e300}, "too old"),
        ({"iat": float("nan")}, "too old"),
        ({"iat": -13 * 3600}, "too old"),
        ({"iat": 3600}, "too old"),
    ],
)
def test_claims_that_do_not_hold_are_refused(
    home: Path, now: datetime, changes: dict[str, Any] | None, words: str
) -> None:
    settings = Settings(home=home, oidc_issuer=ISSUER)
    given = None if changes is None else claims(now, **changes)
    if given and isinstance(given["iat"], int) and not isinstance(given["iat"], bool) and abs(given["iat"]) < 1e6:
        given["iat"] += now.timestamp()
    with pytest.raises(PermissionDeniedError, match=words):
        principal_from_claims(given, settings, now=now)


def test_claims_are_worth_nothing_without_an_issuer_that_is_accepted(home: Path, now: datetime) -> None:
    with pytest.raises(PermissionDeniedError, match="provider"):
        principal_from_claims(claims(now, iss=""), Settings(home=home), now=now)


def test_a_session_is_the_owners_until_there_is_a_user_or_a_provider(home: Path, now: datetime) -> None:
    with Places(Settings(home=home), now=now) as places:
        assert not sign_in_needed(places)
        assert principal_of_session(places, None, now=now) == LOCAL_OWNER
        add_user(places, ROOT.email, now, admin=True)
        for given in (None, {}, claims(now)):
            with pytest.raises(PermissionDeniedError):
                principal_of_session(places, given, now=now)
        remove_user(places, ROOT.email, now)
    with Places(Settings(home=home, oidc_issuer=ISSUER), now=now) as places:
        with pytest.raises(PermissionDeniedError, match="nobody"):
            principal_of_session(places, None, now=now)
        with pytest.raises(PermissionDeniedError, match="not a user"):
            principal_of_session(places, claims(now), now=now)
        assert len(audited(places, "access.denied")) == 1
        add_user(places, ANN.email, now)
        assert principal_of_session(places, claims(now), now=now) == ANN
        with pytest.raises(PermissionDeniedError, match="verified"):
            principal_of_session(places, claims(now, email_verified=False), now=now)
