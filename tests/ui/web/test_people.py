"""Users and roles in the app: who may see the page, what it does, and what it does not let happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from knowledge.access import add_user, grant_role, list_users
from knowledge.places import Places
from knowledge.records.access import Principal
from knowledge.settings import Settings

ISSUER = "https://login.example.org/realm"


def settings_page() -> None:
    from ui.web.views import settings

    settings.show_page()


def said(app: AppTest) -> str:
    """What the page says, its tables included."""
    assert not app.exception
    shown = [str(one.value) for one in (*app.header, *app.info, *app.success, *app.error)]
    return "\n".join([*shown, *(one.proto.body for one in app.get("html"))])


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def signed_in(app: AppTest, email: str) -> AppTest:
    now = int(datetime.now(UTC).timestamp())
    app.user = {"is_logged_in": True, "iss": ISSUER, "email": email, "email_verified": True, "iat": now}
    return app


@pytest.fixture
def people(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    """The settings as somebody sees them who signed in; Robin runs the portfolio, Dana owns one client."""
    monkeypatch.setenv("VCISO_OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("VCISO_HOME", str(filled))
    at = datetime.now(UTC)
    with Places(Settings(home=filled, actor="tester"), now=at) as places:
        add_user(places, "robin@ciso.example", at, admin=True)
        add_user(places, "dana@quiet.example", at)
        grant_role(places, "dana@quiet.example", "quiet", "owner", at)

    def make(email: str) -> AppTest:
        app = signed_in(AppTest.from_function(settings_page, default_timeout=120), email)
        app.session_state["of/quiet/section"] = "People"
        app.session_state["client-in-view"] = "quiet"
        app.query_params["client"] = "quiet"
        return app.run()

    return make


def shared_actions(home: Path, last: int) -> list[tuple[str, str]]:
    with Places(Settings(home=home), now=datetime.now(UTC)) as places, places.shared().read() as unit:
        return [(row.action, row.actor) for row in unit.audit.rows(last=last)]


def test_people_and_roles_are_managed_and_traced(people: Callable[[str], AppTest], filled: Path) -> None:
    app = people("robin@ciso.example")
    assert not app.exception
    assert "2 people may sign in" in said(app)
    next(one for one in app.text_input if one.key == "user-email").input("kim@loud.example")
    button(app, "Add").click().run()
    assert "Added kim@loud.example" in said(app).replace("\\", "")
    next(one for one in app.selectbox if one.key == "people-who").select("kim@loud.example").run()
    next(one for one in app.selectbox if one.label == "Loud Firm").select("reviewer")
    button(app, "Save the roles").click().run()
    assert not app.exception
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places:
        kim = places.acting_as(Principal(kind="user", email="kim@loud.example"))
        assert [client.id for client in kim.profiles()] == ["loud"]
        assert (kim.may("loud", "review"), kim.may("loud", "edit")) == (True, False)
        robin = next(one for one in list_users(places) if one.user.admin).user.ref
    assert shared_actions(filled, 2) == [("user.add", robin), ("role.grant", robin)]
    next(one for one in app.selectbox if one.label == "Loud Firm").select("none")
    button(app, "Save the roles").click().run()
    assert shared_actions(filled, 1) == [("role.revoke", robin)]
    button(app, "Remove").click().run()
    assert not app.exception
    assert shared_actions(filled, 1) == [("user.remove", robin)]
    assert "kim@loud" not in said(app.run())


def test_the_last_who_runs_the_portfolio_is_told_so(people: Callable[[str], AppTest]) -> None:
    app = people("robin@ciso.example")
    next(one for one in app.selectbox if one.key == "people-who").select("robin@ciso.example").run()
    button(app, "Does not run the portfolio any more").click().run()
    assert "is the last one who runs the portfolio" in said(app)
    assert "2 people may sign in" in said(app)


def test_who_does_not_run_the_portfolio_has_no_page_of_people(people: Callable[[str], AppTest]) -> None:
    app = people("dana@quiet.example")
    assert "may sign in" not in said(app)
    assert "robin@" not in said(app)


@pytest.mark.usefixtures("filled")
def test_nobody_is_added_who_would_lock_the_owner_out(page: Callable[..., AppTest]) -> None:
    app = page("settings", "quiet")
    app.session_state["of/quiet/section"] = "People"
    app.run()
    assert "you would be locked out" in said(app)
    assert button(app, "Add").disabled
