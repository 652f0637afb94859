"""Nothing of one client is left when another comes into view, and people see only theirs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from ingest.documents.service import add_document, read_document
from knowledge.access import add_user, grant_role, revoke_role
from knowledge.places import Places
from knowledge.records.asset import Asset
from knowledge.settings import load_settings

CANARY = "Zwetschgenkompott"
SECRET = "a secret of this test alone, long enough to sign with"
ISSUER = "https://login.example.org/realm"
OTHER_CANARY = "Rhabarberschorle"
QUESTION = "When does the recovery drill of the archive take place?"


def handbook(word: str, day: str) -> bytes:
    """A document that answers the question in words of one client alone."""
    text = f"The recovery drill of the archive takes place every {day} in the {word} hall."
    return f"# {word} handbook\n\n## 1 Recovery drill\n\n{text}\n".encode()


@pytest.fixture
def home(home: Path) -> Path:
    """The demo with a word in Kestrel's rows and documents that stands nowhere else."""
    at = datetime.now(UTC)
    with Places(load_settings(home), now=at) as places, places.client("kestrel") as place:
        with place.write() as unit:
            unit.assets.put([Asset(id="K-9", name=f"{CANARY} server", criticality="critical", updated_at=at)])
        add_document(place, read_document(handbook(CANARY, "Tuesday"), name=f"{CANARY}.md"), at)
    with Places(load_settings(home), now=at) as places, places.client("northgate") as place:
        add_document(place, read_document(handbook(OTHER_CANARY, "Friday"), name=f"{OTHER_CANARY}.md"), at)
    return home


def test_after_a_switch_nothing_of_the_other_client_is_left(person: Any) -> None:
    page = person.page
    seen: list[str] = []
    page.on("response", lambda answer: seen.append(answer.url) if "/media/" in answer.url else None)
    person.open("/documents?client=kestrel")
    person.sees(f"{CANARY} handbook")
    page.get_by_role("combobox", name="Document", exact=True).click()
    page.get_by_role("option", name=f"{CANARY} handbook").click()
    person.sees("takes place every Tuesday")
    with page.expect_download() as original:
        page.get_by_role("button", name="Download the original").click()
    address = original.value.url
    assert CANARY in Path(str(original.value.path())).read_text()
    person.press("NF · Northgate Family Clinic")
    page.wait_for_url("**client=northgate**")
    person.sees("Northgate Family Clinic has")
    person.settle()
    assert CANARY not in person.dom()
    assert page.request.get(address).status == 404, "the download went with the client"
    for path in ("/assets", "/brief", "/chat", "/policies", "/frameworks", "/audit", "/settings"):
        person.open(f"{path}?client=northgate")
        assert CANARY not in person.dom(), path
    person.open("/assets?client=kestrel")
    page.get_by_role("button", name="Export as CSV").wait_for()
    assert "K-9" not in person.dom(), "the table shows names, not ids"


def test_what_was_typed_for_one_client_is_not_there_for_the_other(person: Any) -> None:
    page = person.page
    person.open("/audit?client=kestrel")
    box = page.get_by_label("Only rows with")
    box.fill(CANARY)
    box.press("Enter")
    person.settle()
    person.press("NF · Northgate Family Clinic")
    page.wait_for_url("**client=northgate**")
    person.settle()
    assert page.get_by_label("Only rows with").input_value() == ""
    person.press("KP · Kestrel Pumpen GmbH")
    page.wait_for_url("**client=kestrel**")
    person.settle()
    assert page.get_by_label("Only rows with").input_value() == ""


def test_another_process_is_said_and_waited_for(person: Any, home: Path) -> None:
    """While a command holds the home the page says so; afterwards the same button goes on."""
    with Places(load_settings(home), now=datetime.now(UTC)) as places:
        places.shared()
        person.page.goto(person.address + "/brief?client=northgate")
        person.sees("another vciso process")
    person.press("Try again")
    person.sees("Act now (1)")


def cookie(email: str, served: Any, **claims: object) -> dict[str, str]:
    """The cookie that the app's server gives after a sign-in at the provider."""
    now = int(datetime.now(UTC).timestamp())
    content = {"iss": ISSUER, "email": email, "email_verified": True, "iat": now, "is_logged_in": True, **claims}
    content["origin"] = served.address
    signed = URLSafeTimedSerializer(SECRET, salt="_streamlit_user").dumps(json.dumps(content))
    return {"_streamlit_user": str(signed)}


@pytest.fixture
def shared_app(home: Path, start: Callable[..., Any]) -> Any:
    """The demo with two people, each at one client, behind a sign-in."""
    at = datetime.now(UTC)
    with Places(load_settings(home), now=at) as places:
        for email, client in (("dana@northgate.example", "northgate"), ("kim@kestrel.example", "kestrel")):
            add_user(places, email, at)
            grant_role(places, email, client, "reader", at)
    folder = home.parent / ".streamlit"
    folder.mkdir()
    (folder / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:8501/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        f'client_id = "vciso"\nclient_secret = "none"\n'
        f'server_metadata_url = "{ISSUER}/.well-known/openid-configuration"\n'
    )
    return start(home, VCISO_OIDC_ISSUER=ISSUER)


def test_two_people_ask_the_same_at_once_and_see_only_theirs(shared_app: Any, visit: Callable[..., Any]) -> None:
    dana = visit(shared_app, cookies=cookie("dana@northgate.example", shared_app))
    kim = visit(shared_app, cookies=cookie("kim@kestrel.example", shared_app))
    dana.open("/chat")
    kim.open("/chat")
    assert "Kestrel" not in dana.dom()
    assert "Northgate" not in kim.dom()
    for one in (dana, kim):
        box = one.page.locator("[data-testid=stChatInput] textarea")
        box.fill(QUESTION)
    for one in (dana, kim):
        one.page.locator("[data-testid=stChatInput] textarea").press("Enter")
    for one, own, other in ((kim, CANARY, OTHER_CANARY), (dana, OTHER_CANARY, CANARY)):
        one.sees(f"in the {own} hall")
        one.sees("Searched")
        one.settle()
        assert other not in one.dom()
    assert "Northgate" not in kim.dom()
    assert "Kestrel" not in dana.dom()
    dana.open("/documents?client=kestrel")
    assert CANARY not in dana.dom(), "the address of another client leads to one's own"
    assert "Northgate Family Clinic" in dana.words()


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email_verified": False}, "verified"),
        ({"iss": "https://elsewhere.example"}, "not from the provider"),
        ({"iat": 1_700_000_000}, "too old"),
    ],
)
def test_a_sign_in_that_does_not_hold_sees_nothing(
    shared_app: Any, visit: Callable[..., Any], claims: dict[str, object], said: str
) -> None:
    dana = visit(shared_app, cookies=cookie("dana@northgate.example", shared_app, **claims))
    dana.page.goto(shared_app.address + "/brief")
    dana.sees(said)
    assert "Northgate" not in dana.dom()
    stranger = visit(shared_app)
    stranger.page.goto(shared_app.address + "/brief")
    stranger.sees("nobody is signed in")
    assert "Northgate" not in stranger.dom()


def test_a_role_that_is_taken_stops_the_next_action(shared_app: Any, visit: Callable[..., Any]) -> None:
    dana = visit(shared_app, cookies=cookie("dana@northgate.example", shared_app))
    dana.open("/audit")
    dana.sees("Northgate Family Clinic")
    at = datetime.now(UTC)
    with Places(load_settings(shared_app.home), now=at) as places:
        revoke_role(places, "dana@northgate.example", "northgate", at)
    dana.press("Verify the chain")
    dana.sees("No clients yet")
    dana.settle()
    assert "Northgate Family" not in dana.dom().replace('vciso client add "Northgate Family Clinic"', "")


def test_two_threads_may_use_the_home_at_once(home: Path) -> None:
    """What the sessions share: one open home, closed by the last."""
    from ui.app.home import _OPEN, home_of

    found = load_settings(home)
    inside, go = threading.Barrier(2), threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with home_of(found, datetime.now(UTC)) as places:
                inside.wait(timeout=30)
                assert places.profiles()
                go.wait(timeout=30)
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(timeout=60)
    assert not errors
    assert not _OPEN
    with Places(found, now=datetime.now(UTC)) as places:
        assert places.profiles(), "a command can work now"
