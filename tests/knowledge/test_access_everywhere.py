"""C1, generated over all functions: a user of alpha calls every service with beta's id, and gets a ghost's answer."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from advisor.morning import run_morning
from knowledge import gate
from knowledge.access import add_user, grant_role, revoke_role
from knowledge.clients import add_client, new_ref
from knowledge.errors import NotFoundError, PermissionDeniedError, VcisoError
from knowledge.frameworks.catalogue import shipped
from knowledge.places import Places
from knowledge.records.access import Principal
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.records.delivery import Attempt, Delivery, Message, OutboxEntry
from knowledge.records.schedule import Schedule
from knowledge.settings import Settings

PACKAGES = ("advisor", "ingest", "knowledge", "ui.deliver", "ui.schedule", "ui.app")
ANN = Principal(kind="user", email="ann@example.org")
CANARY = "canary-4417"

CHECKED_ELSEWHERE = {
    # Who holds the signed link is the authority; a signatory is no user. The link is checked by its signature.
    "advisor.attestation.links.read_token",
    "advisor.attestation.signing.open_request",
    "advisor.attestation.signing.sign",
    # They say who somebody is, or finish what an owner began when the home is opened; they take no client.
    "knowledge.access.sign_in_needed",
    "knowledge.access.principal_of_session",
    "knowledge.clients.resume_removals",
    # It reads nothing of the place; each call of the model it gives reserves a row there first, and asks then.
    "advisor.llm.session.open_client_model",
}

PUBLIC_WITHOUT_A_CLIENT = {
    "ui.app.catalogue.catalogue_of",
    "ui.app.catalogue.copy_before",
    "ui.app.catalogue.framework_ids_of",
    "ui.app.catalogue.index_kept",
}
"""Without a client they look at what is public, and nothing else."""
SAYS_IT = {"ingest.documents.service.index_added", "ingest.documents.service.unindex"}
"""They give the reason as a sentence instead of raising: the work that they follow was done."""


def functions() -> Iterator[tuple[str, Callable[..., Any], dict[str, str]]]:
    """Every public function of the packages that takes the home, a client's place, or a client's id with the home."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        names = [m.name for m in pkgutil.walk_packages(root.__path__, f"{package}.") if ".migrations" not in m.name]
        for name in [package, *names]:
            module = importlib.import_module(name)
            for own, value in vars(module).items():
                if own.startswith("_") or not inspect.isfunction(value) or value.__module__ != name:
                    continue
                wanted = {key: str(p.annotation) for key, p in inspect.signature(value).parameters.items()}
                if set(wanted.values()) & {"Places", "ClientPlace", "AnyPlace", "Place"}:
                    yield f"{name}.{own}", value, wanted


FOUND = {name: (function, wanted) for name, function, wanted in functions()}
OF_HOME = sorted(name for name, (_, wanted) in FOUND.items() if "Places" in wanted.values())
OF_PLACE = sorted(set(FOUND) - set(OF_HOME))
ADVISOR = ("ask", "chat", "conversation", "answers", "replay")


class Scene:
    """A home with alpha (Ann's) and beta (not hers, any more), and something of beta to hand in."""

    def __init__(self, places: Places, now: datetime, folder: Path) -> None:
        self.places, self.now, self.folder = places, now, folder
        for client_id in ("alpha", "beta"):
            add_client(
                places, Client(id=client_id, ref=new_ref(), name=f"Firm {CANARY}-{client_id}", created_at=now), now
            )
        self.client = places.profile("beta")
        self.asset = Asset(
            id="a-1", name=f"{CANARY}-gateway", vendor="Cisco", product="ASA", origin="test", updated_at=now
        )
        with places.client("beta") as place, place.write() as unit:
            unit.assets.put([self.asset])
        morning = run_morning(places, now=now)
        self.briefs, self.portfolio = morning.briefs, morning.portfolio
        add_user(places, ANN.email, now)
        grant_role(places, ANN.email, "alpha", "owner", now)
        self.view = places.acting_as(ANN)

    def value(self, name: str, annotation: str, client_id: str) -> Any:
        """Something plausible for one parameter."""
        by_name: dict[str, Any] = {
            "client_id": client_id,
            "clients": [client_id],
            "email": "eve@example.org",
            "role": "owner",
            "target": self.folder / f"{client_id}.zip",
            "status": "archived",
            "suffix": "html",
            "question": "Who owns the gateway?",
            "kind": "dismiss" if annotation == "NoteKind" else "",
            "dense": "never",
            "failed": {},
            "said": None,
            "progress": None,
            "until": date(2026, 12, 1) if annotation == "date" else None,
            "due_on": date(2026, 12, 1),
            "request": MagicMock(closed_at=None),
            "control": "A.5.1",
            "policy": MagicMock(owner="", topic="access-control"),
            "evidence": Path(__file__),
            "name": "vendor:product",
            "entry": OutboxEntry(
                id="m-1", key="k", channel="mail", target="a@b.example", subject="s", created_at=self.now
            ),
            "attempt": Attempt(result="sent"),
        }
        if name in by_name:
            return by_name[name]
        by_type: dict[str, Any] = {
            "Places": self.view,
            "datetime": self.now,
            "date": self.now.date(),
            "str": "some words of why",
            "bool": True,
            "int": 1,
            "Path": self.folder / "none",
            "Client": self.client,
            "Asset": self.asset,
            "Brief": next(one for one in self.briefs if one.client_id == "beta"),
            "Portfolio": self.portfolio,
            "Sequence[Brief]": self.briefs,
            "Delivery": Delivery(),
            "Message": Message(key="k", subject="s"),
            "Schedule | None": Schedule(hour=6),
            "Settings": self.places.settings,
            "Callable[[], datetime]": lambda: self.now,
            "Collection[str]": ["m-1"],
            "Catalogue": shipped(),
        }
        return by_type.get(annotation, MagicMock(name=name))

    def call(self, function: Callable[..., Any], wanted: dict[str, str], client_id: str, place: Any = None) -> Any:
        """Calls a function with every parameter that has no default, and those that name a client."""
        given: dict[str, Any] = {}
        for key, parameter in inspect.signature(function).parameters.items():
            annotation = wanted[key]
            if annotation in {"ClientPlace", "AnyPlace", "Place"} and place is not None:
                given[key] = place
            elif annotation == "SharedPlace":
                given[key] = self.view.shared()
            elif parameter.default is inspect.Parameter.empty or key in {"client_id", "clients"}:
                given[key] = self.value(key, annotation, client_id)
        return function(**given)

    def dump(self) -> str:
        """Everything of beta and of the shared place but the row that says that somebody was refused."""
        lines: list[str] = []
        with self.places.client("beta") as place, place.database._raw() as raw:
            lines += raw.iterdump()
        with self.places.shared().database._raw() as raw:
            lines += [line for line in raw.iterdump() if "access.denied" not in line]
        files = sorted(
            path.relative_to(self.places.home).as_posix()
            for path in self.places.home.rglob("*")
            if path.is_file() and "-wal" not in path.name and "-shm" not in path.name
        )
        return "\n".join(lines + files)

    def denials(self) -> int:
        """How many refusals are written down."""
        with self.places.shared().read() as unit:
            return sum(row.action == "access.denied" for row in unit.audit.rows())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("everywhere")
    now = datetime.fromisoformat("2026-08-07T06:30:00+00:00")
    with Places(
        Settings(home=folder / "home", actor="tester", model="fake:quiet"), now=now, clock=lambda: now
    ) as places:
        yield Scene(places, now, folder)


@pytest.fixture(autouse=True)
def _every_denial_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LISTED_PER_HOUR", 10**9)
    monkeypatch.setattr(gate, "LISTED_ALTOGETHER", 10**9)


def answer_of(call: Callable[[], Any]) -> VcisoError | str:
    """The refusal, or what came out, context managers entered."""
    try:
        result = call()
        if hasattr(result, "__enter__") and not isinstance(result, Places | MagicMock):
            with result as inner:
                return repr(inner)
    except VcisoError as error:
        return error
    return repr(result)


def test_the_functions_are_found() -> None:
    assert len(OF_HOME) > 40
    assert len(OF_PLACE) > 40
    assert set(FOUND) >= CHECKED_ELSEWHERE, "an exemption that exempts nothing"
    for name in ("knowledge.handover.export_client", "advisor.morning.run_morning", "ui.deliver.files.brief_file"):
        assert name in OF_HOME


@pytest.mark.parametrize("name", [name for name in OF_HOME if name not in CHECKED_ELSEWHERE])
def test_a_function_over_the_home_is_refused_and_changes_nothing(scene: Scene, name: str) -> None:
    function, wanted = FOUND[name]
    before, listed = scene.dump(), scene.denials()
    found = answer_of(lambda: scene.call(function, wanted, "beta"))
    assert scene.dump() == before, "something of beta or of the shared place was changed"
    if "client_id" in wanted:
        ghost = answer_of(lambda: scene.call(function, wanted, "ghost"))
        assert isinstance(found, NotFoundError | PermissionDeniedError), found
        assert type(ghost) is type(found)
        assert isinstance(ghost, VcisoError)
        assert (ghost.message, ghost.hint) == (found.message, found.hint)
        if isinstance(found, NotFoundError):
            assert (found.message, found.subject, ghost.subject) == ("no such client", "beta", "ghost")
        else:
            assert found.message == "only administrators of the portfolio may do this", "asked before the client is"
        assert scene.denials() >= listed + 2, "both are written down"
        for nothing in [] if name in PUBLIC_WITHOUT_A_CLIENT else ("", None):
            empty = answer_of(lambda nothing=nothing: scene.call(function, wanted, nothing))
            assert isinstance(empty, type(found)), "an empty id is an error, never all"
    elif isinstance(found, VcisoError):
        assert isinstance(found, NotFoundError | PermissionDeniedError), found
        assert scene.denials() > listed
    else:
        assert f"{CANARY}-beta" not in found
        assert f"{CANARY}-gateway" not in found


@pytest.mark.parametrize("name", [name for name in OF_PLACE if name not in CHECKED_ELSEWHERE])
def test_a_function_over_a_place_is_refused_once_the_role_is_gone(scene: Scene, name: str) -> None:
    function, wanted = FOUND[name]
    grant_role(scene.places, ANN.email, "beta", "owner", scene.now)
    with scene.view.client("beta") as place:
        revoke_role(scene.places, ANN.email, "beta", scene.now)
        before, listed = scene.dump(), scene.denials()
        found = answer_of(lambda: scene.call(function, wanted, "beta", place))
    assert scene.dump() == before
    assert found == "'no such client'" if name in SAYS_IT else isinstance(found, NotFoundError), found
    assert "no such client" in str(found)
    assert scene.denials() > listed


@pytest.mark.parametrize("method", ADVISOR)
def test_the_advisor_is_refused(scene: Scene, method: str) -> None:
    from advisor.service import Advisor, make_advisor

    with make_advisor(scene.view, scene.view.settings, dense="never") as advisor:
        function = getattr(advisor, method)
        wanted = {key: str(p.annotation) for key, p in inspect.signature(function).parameters.items()}
        found = answer_of(lambda: scene.call(function, wanted, "beta"))
    assert isinstance(found, NotFoundError)
    assert (found.message, found.subject) == ("no such client", "beta")
    public = {name for name in vars(Advisor) if not name.startswith("_")} - {"close"}
    assert public == set(ADVISOR), "a new method belongs into this test"
