"""Roles: deny by default, asked at each action, one answer for what is not there and what is not yours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge import gate
from knowledge.access import (
    add_user,
    grant_role,
    list_users,
    remove_user,
    revoke_role,
    set_admin,
)
from knowledge.audit import ChainHead, verify_chain
from knowledge.clients import add_client, new_ref, remove_client, update_client
from knowledge.errors import BadInputError, ConflictError, NotFoundError, PermissionDeniedError, VcisoError
from knowledge.handover import export_client, import_client
from knowledge.places import Places
from knowledge.records.access import LOCAL_OWNER, Need, Principal, Role, allows
from knowledge.records.client import Client
from knowledge.schedule import claim_due, parse_schedule, set_schedule
from knowledge.settings import Settings

ANN = Principal(kind="user", email="ann@example.org")
ROOT = Principal(kind="user", email="root@example.org")


def person(email: str) -> Principal:
    return Principal(kind="user", email=email)


def audited(places: Places, action: str) -> list[Any]:
    with places.shared().read() as unit:
        return [row for row in unit.audit.rows() if row.action == action]


@pytest.fixture
def two(places: Places, now: datetime) -> Iterator[Places]:
    """Clients alpha and beta; Ann has a role at alpha only, Root runs the portfolio."""
    for client_id in ("alpha", "beta"):
        add_client(places, Client(id=client_id, ref=new_ref(), name=f"Firm {client_id}", created_at=now), now)
    add_user(places, ROOT.email, now, admin=True)
    add_user(places, ANN.email, now)
    grant_role(places, ANN.email, "alpha", "reader", now)
    yield places


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("reader", {"read"}),
        ("reviewer", {"read", "review"}),
        ("editor", {"read", "edit"}),
        ("owner", {"read", "edit", "review", "own"}),
        (None, set()),
    ],
)
def test_what_a_role_allows(two: Places, now: datetime, role: Role | None, allowed: set[Need]) -> None:
    view = two.acting_as(ANN)
    if role is None:
        revoke_role(two, ANN.email, "alpha", now)
    else:
        grant_role(two, ANN.email, "alpha", role, now)
    needs: tuple[Need, ...] = ("read", "edit", "review", "own")
    for need in needs:
        assert allows(role, need) is (need in allowed)
        assert view.may("alpha", need) is (need in allowed)
        assert not view.may("beta", need)
    if role is None:
        with pytest.raises(NotFoundError), view.client("alpha"):
            pass
        return
    with view.client("alpha") as place:
        with place.read() as unit:
            assert unit.assets.list() == ()
        for need in needs:
            if need in allowed:
                with place.write(need) as unit:
                    unit.audit.append(now, "test.row", need)
            else:
                with pytest.raises(PermissionDeniedError, match="your role is"), place.write(need):
                    raise AssertionError("the block ran")
        with place.read() as unit:
            rows = [row for row in unit.audit.rows() if row.action == "test.row"]
    assert {row.subject for row in rows} == allowed
    assert {row.actor for row in rows} == {ANN.email}, "the client's chain says who acted"


def test_a_client_that_is_not_yours_answers_like_one_that_does_not_exist(two: Places) -> None:
    view = two.acting_as(ANN)

    def said(client_id: Any) -> tuple[str, str, str]:
        with pytest.raises(NotFoundError) as caught, view.client(client_id):
            pass
        return (caught.value.message, caught.value.hint, caught.value.subject)

    assert said("beta") == (*said("ghost")[:2], "beta")
    for nothing in ("", None, "..", "beta\n", "BETA", "alpha/../beta"):
        assert said(nothing)[0] == "no such client"
    bare = pytest.raises(NotFoundError)
    with bare as caught, two.client("ghost"):
        pass
    assert caught.value.message == said("beta")[0], "the local owner is told the same"


def test_a_user_sees_only_granted_clients_anywhere(two: Places) -> None:
    view = two.acting_as(ANN)
    assert [client.id for client in view.profiles(archived=True)] == ["alpha"]
    with view.shared().read() as unit:
        assert [client.id for client in unit.clients.list(archived=True)] == ["alpha"]
        with pytest.raises(NotFoundError):
            unit.clients.get("beta")
        for part in ("audit", "users", "outbox", "settings"):
            with pytest.raises(PermissionDeniedError):
                getattr(unit, part).list()
    for path in ("client_folder", "profile"):
        with pytest.raises(NotFoundError):
            getattr(view, path)("beta")
    with pytest.raises(PermissionDeniedError):
        _ = view.portfolio_folder
    assert [client.id for client in two.acting_as(ROOT).profiles()] == ["alpha", "beta"]


def test_a_user_sees_the_runs_of_granted_clients_only(two: Places, now: datetime) -> None:
    for name in ("alpha", "beta"):
        set_schedule(two, name, parse_schedule("06:00"), now - timedelta(days=1))
    assert len(claim_due(two, now)) == 2
    with two.acting_as(ANN).shared().read() as unit:
        assert [run.client_ref for run in unit.runs.since(now.date())] == [two.profile("alpha").ref]
        assert unit.runs.get(two.profile("beta").ref, now.date()) is None
    with pytest.raises(PermissionDeniedError):
        claim_due(two.acting_as(ANN), now)


def test_only_administrators_change_what_is_shared(two: Places, now: datetime, tmp_path: Path) -> None:
    grant_role(two, ANN.email, "alpha", "owner", now)
    ann, root = two.acting_as(ANN), two.acting_as(ROOT)
    new = Client(id="gamma", ref=new_ref(), name="Gamma", created_at=now)
    export_client(ann, "alpha", tmp_path / "alpha.zip", now)
    tries = [
        lambda: add_client(ann, new, now),
        lambda: remove_client(ann, "alpha", now),
        lambda: import_client(ann, tmp_path / "alpha.zip", now, as_id="copy"),
        lambda: add_user(ann, "eve@example.org", now),
        lambda: set_admin(ann, ANN.email, now, admin=True),
        lambda: grant_role(ann, ANN.email, "beta", "owner", now),
        lambda: revoke_role(ann, ROOT.email, "alpha", now),
        lambda: remove_user(ann, ROOT.email, now),
        lambda: list_users(ann),
        lambda: ann.shared().write().__enter__(),
    ]
    for attempt in tries:
        with pytest.raises(PermissionDeniedError):
            attempt()
    assert [client.id for client in two.profiles()] == ["alpha", "beta"]
    add_client(root, new, now)
    update_client(ann, ann.profile("alpha").model_copy(update={"sector": "finance"}), now)
    assert two.profile("alpha").sector == "finance"
    rows = audited(two, "client.update")
    assert re.fullmatch(r"u-[0-9a-f]{12}", rows[-1].actor), "the shared chain keeps no address"


def test_an_editor_does_not_change_the_profile(two: Places, now: datetime, tmp_path: Path) -> None:
    grant_role(two, ANN.email, "alpha", "editor", now)
    view = two.acting_as(ANN)
    with pytest.raises(PermissionDeniedError):
        update_client(view, view.profile("alpha").model_copy(update={"name": "Mine"}), now)
    with pytest.raises(PermissionDeniedError):
        export_client(view, "alpha", tmp_path / "a.zip", now)
    assert not (tmp_path / "a.zip").exists()
    assert two.profile("alpha").name == "Firm alpha"


def test_c32_a_role_revoked_during_a_session_stops_the_next_action(two: Places, now: datetime) -> None:
    view = two.acting_as(ANN)
    with view.client("alpha") as place:
        with place.read():
            pass
        assert place.folder.is_dir()
        revoke_role(two, ANN.email, "alpha", now)
        with pytest.raises(NotFoundError, match="no such client"), place.read():
            raise AssertionError("the block ran")
        with pytest.raises(NotFoundError, match="no such client"), place.write("read"):
            raise AssertionError("the block ran")
        with pytest.raises(NotFoundError):
            _ = place.folder
    assert view.profiles() == ()
    remove_user(two, ANN.email, now)
    with pytest.raises(PermissionDeniedError, match="not a user"):
        view.profiles()
    assert not view.may("alpha", "read")


def test_a_role_lowered_during_a_write_stops_the_next_write(two: Places, now: datetime) -> None:
    grant_role(two, ANN.email, "alpha", "editor", now)
    with two.acting_as(ANN).client("alpha") as place:
        with place.write():
            pass
        grant_role(two, ANN.email, "alpha", "reader", now)
        with pytest.raises(PermissionDeniedError), place.write():
            raise AssertionError("the block ran")
        with place.read():
            pass


def test_nobody_is_denied(two: Places) -> None:
    for nobody in (None, "", ANN.email, {}):
        with pytest.raises(PermissionDeniedError, match="nobody is signed in"):
            two.acting_as(nobody)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="address"):
        Principal(kind="user", email="")
    with pytest.raises(ValueError, match="no address"):
        Principal(kind="local", email="a@b.example")


def test_denials_are_written_down_without_client_facts_and_bounded(
    home: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = [now]
    with Places(Settings(home=home, actor="tester"), now=now, clock=lambda: time[0]) as places:
        client = add_client(places, Client(id="beta", ref=new_ref(), name="Firm beta", created_at=now), now)
        add_user(places, ANN.email, now)
        view = places.acting_as(ANN)
        for _ in range(gate.LISTED_PER_HOUR + 30):
            with pytest.raises(NotFoundError), view.client("beta"):
                pass
        rows = audited(places, "access.denied")
        assert len(rows) == gate.LISTED_PER_HOUR
        assert rows[0].detail == {"need": "read", "client": client.ref}
        assert rows[-1].detail == rows[0].detail | {"more_in_this_hour": "not listed"}
        assert "ann" not in rows[0].model_dump_json()
        assert "beta" not in rows[0].model_dump_json()
        time[0] += timedelta(hours=1)
        with pytest.raises(NotFoundError), view.client("ghost"):
            pass
        last = audited(places, "access.denied")[-1]
        assert last.detail == {"need": "read", "client": ""}
        assert len(audited(places, "access.denied")) == len(rows) + 1
        monkeypatch.setattr(gate, "LISTED_ALTOGETHER", 30)
        time[0] += timedelta(hours=2)
        for number in range(60):
            with pytest.raises(PermissionDeniedError):
                places.acting_as(person(f"x{number}@example.org")).profiles()
        assert len(audited(places, "access.denied")) == len(rows) + 1 + 30, "strangers cannot fill the chain together"
        with places.shared().read() as unit:
            assert isinstance(verify_chain(unit.audit.rows()), ChainHead)
    with Places(Settings(home=home, actor="tester"), now=now, clock=lambda: time[0]) as places:
        with pytest.raises(PermissionDeniedError):
            places.acting_as(person("late@example.org")).profiles()
        assert len(audited(places, "access.denied")) == len(rows) + 1 + 30, "opening the home anew forgets nothing"


def test_roles_do_not_pass_to_a_later_client_of_the_same_id(two: Places, now: datetime) -> None:
    grant_role(two, ROOT.email, "alpha", "owner", now)
    proof = remove_client(two, "alpha", now)
    assert proof.named_elsewhere == ()
    add_client(two, Client(id="alpha", ref=new_ref(), name="Another Alpha", created_at=now), now)
    with two.shared().read() as unit:
        assert [user.email for user in unit.users.list()] == [ROOT.email], "who had only that role is gone with it"
    add_user(two, ANN.email, now)
    with pytest.raises(NotFoundError), two.acting_as(ANN).client("alpha"):
        pass


def test_removal_leaves_no_address_of_the_clients_people(places: Places, now: datetime) -> None:
    add_client(places, Client(id="northgate", ref=new_ref(), name="Northgate Clinic", created_at=now), now)
    add_client(places, Client(id="beta", ref=new_ref(), name="Beta", created_at=now), now)
    add_user(places, "dana@northgate.example", now)
    add_user(places, "lee@northgate.example", now)
    grant_role(places, "dana@northgate.example", "northgate", "owner", now)
    grant_role(places, "lee@northgate.example", "northgate", "reader", now)
    grant_role(places, "lee@northgate.example", "beta", "reader", now)
    proof = remove_client(places, "northgate", now)
    assert proof.named_elsewhere == ("the list of users (`vciso user list`)", "clients/beta/client.sqlite3")
    assert [one.user.email for one in list_users(places)] == ["lee@northgate.example"]
    places.close()
    assert b"dana@" not in (places.home / "shared" / "shared.sqlite3").read_bytes()


def test_users_are_told_apart_by_one_spelling(places: Places, now: datetime) -> None:
    add_user(places, "  Dana@Example.ORG ", now, name=" Dana \n Scully ")
    with pytest.raises(ConflictError):
        add_user(places, "dana@example.org", now)
    assert list_users(places)[0].user.name == "Dana Scully"
    for wrong in (
        "",
        "dana",
        "a@b",
        "Dana <dana@example.org>",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: x",
        "ä@b.example",
    ):
        with pytest.raises(BadInputError):
            add_user(places, wrong, now)
    for missing in (remove_user, lambda p, e, n: set_admin(p, e, n, admin=True)):
        with pytest.raises(NotFoundError):
            missing(places, "ghost@example.org", now)
    add_client(places, Client(id="alpha", ref=new_ref(), name="Alpha", created_at=now), now)
    with pytest.raises(NotFoundError, match="no such user"):
        grant_role(places, "ghost@example.org", "alpha", "reader", now)
    with pytest.raises(NotFoundError, match="no such client"):
        grant_role(places, "dana@example.org", "ghost", "reader", now)
    assert not revoke_role(places, "dana@example.org", "alpha", now)


def test_a_view_does_not_close_the_home_and_lives_as_long(two: Places) -> None:
    with two.acting_as(ANN) as view:
        view.profiles()
    assert two._handles.shared is not None
    assert two.acting_as(LOCAL_OWNER).profiles() == two.profiles()
    two.close()
    assert [client.id for client in view.profiles()] == ["alpha"], (
        "opened again through the same handles, with the lock"
    )
    assert two._handles.shared is not None


def test_errors_of_access_say_what_to_do(two: Places) -> None:
    with two.acting_as(ANN).client("alpha") as place, pytest.raises(VcisoError) as caught, place.write():
        pass
    assert str(caught.value) == (
        "alpha: your role is reader (reads and asks), which does not allow you to change this client's records. "
        "Ask an owner of the client or an administrator."
    )


def test_the_last_who_runs_the_portfolio_stays(two: Places, now: datetime) -> None:
    acting = two.acting_as(ROOT)
    for leave in (
        lambda: remove_user(acting, ROOT.email, now),
        lambda: set_admin(acting, ROOT.email, now, admin=False),
    ):
        with pytest.raises(ConflictError, match="last one who runs the portfolio"):
            leave()
    remove_user(acting, ANN.email, now)
    add_user(acting, "new@example.org", now, admin=True)
    assert not set_admin(acting, ROOT.email, now, admin=False).admin
    with pytest.raises(PermissionDeniedError):
        set_admin(acting, "new@example.org", now, admin=False)
    assert remove_user(two, "new@example.org", now), "the owner of the home is not bound"
