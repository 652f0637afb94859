"""C2 on the pages: two people in two sessions of the app, and one person who goes from client to client.

Nothing of the one client is on the other's pages, in its session state, in what it can download, or kept between runs.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime import caching
from streamlit.testing.v1 import AppTest

from advisor import proposals
from advisor.morning import run_morning
from advisor.policies.draft import Wanted, draft_policy
from ingest.documents.service import add_document, read_document
from knowledge.access import add_user, grant_role
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client
from knowledge.search import encoder
from knowledge.settings import Settings
from ui.app.jobs import Job

ISSUER = "https://login.example.org/realm"
WORDS = {"acme": "ACMEKANARI11", "globex": "GLOBEXKANARI22"}
PEOPLE = {"acme": "dana@acme.example", "globex": "kim@globex.example"}
OTHER = {"acme": "globex", "globex": "acme"}
PAGES = ("brief", "chat", "policies", "assets", "frameworks", "documents", "settings", "audit", "portfolio", "sources")
OVER_ALL = ("portfolio", "sources")
"""Pages that somebody with a role at both clients sees both on."""
QUESTION = "Under which word are our backups kept?"
DEEP = 12


@pytest.fixture
def two_firms(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two clients with something of every kind, and one person at each."""
    monkeypatch.setenv("VCISO_HOME", str(home))
    monkeypatch.setenv("VCISO_OIDC_ISSUER", ISSUER)
    monkeypatch.setattr(encoder, "installed", lambda: False)
    at = datetime.now(UTC)
    with Places(Settings(home=home, actor="tester"), now=at) as places:
        for client_id, word in WORDS.items():
            name = f"{word} Inc"
            client = Client(id=client_id, ref=new_ref(), name=name, frameworks=("nist-csf-2.0",), created_at=at)
            add_client(places, client, at)
            add_user(places, PEOPLE[client_id], at)
            grant_role(places, PEOPLE[client_id], client_id, "owner", at)
            with places.client(client_id) as place:
                with place.write() as unit:
                    gateway = Asset(
                        id="A-1", name=f"{word} gateway", vendor="Fortinet", product="FortiOS", updated_at=at
                    )
                    unit.assets.put([gateway])
                    unit.third_parties.put([ThirdParty(id="T-1", name=f"{word} Hosting", updated_at=at)])
                text = f"# Backup policy\n\n## 1 Backups\n\nBackups are kept under the word {word} for 35 days.\n"
                add_document(place, read_document(text.encode(), name=f"{word}.md"), at)
            drafted = draft_policy(places, client_id, Wanted("access-control"), at).proposal
            assert drafted is not None
            with places.client(client_id) as place:
                proposals.accept(place, drafted.id, at, client)
        run_morning(places, now=at)
    return home


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What pages offered as files since it was last emptied: names and contents, unpacked."""
    offered: list[bytes] = []

    def record(label: str, data: Any, *, file_name: str, **_options: Any) -> bool:
        found = data() if callable(data) else data
        offered.append(f"{label} {file_name}".encode())
        offered.append(unpacked(found if isinstance(found, bytes) else str(found).encode()))
        return False

    monkeypatch.setattr(st, "download_button", record)
    return offered


def unpacked(data: bytes) -> bytes:
    """A file's bytes; of an archive or an Office file those of its members too."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join([data, *(archive.read(name) for name in archive.namelist())])


def run_page() -> None:
    """The page that the session is on; AppTest goes to pages that are files only."""
    from importlib import import_module

    import streamlit

    import_module(f"ui.web.views.{streamlit.session_state['page']}").show_page()


def session(email: str) -> AppTest:
    """A session of the app, signed in as somebody."""
    app = AppTest.from_function(run_page, default_timeout=120)
    now = int(datetime.now(UTC).timestamp())
    app.user = {"is_logged_in": True, "iss": ISSUER, "email": email, "email_verified": True, "iat": now}
    return app


def shown(app: AppTest) -> str:
    """Every word that a page sent to the browser, labels, help and tables included."""
    assert not app.exception
    return "\n".join(str(node.proto) for node in app._tree if hasattr(node, "proto"))


def held(value: object, depth: int = 0) -> Iterator[str]:
    """Every text in a value, in what it holds, and in what that holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield unpacked(value).decode("utf-8", "replace")
    elif depth < DEEP and not isinstance(value, type):
        inside: list[object] = []
        if isinstance(value, dict):
            inside = [*value, *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            inside = list(value)
        elif isinstance(value, Job) or type(value).__module__.startswith(("ui.", "advisor.", "ingest.", "knowledge.")):
            names = [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ())]
            inside = [getattr(value, name, None) for name in names]
        for one in inside:
            yield from held(one, depth + 1)


def state(app: AppTest) -> str:
    """Every text in the session state."""
    return "\n".join(held(app.session_state.to_dict()))


def visit(app: AppTest, page: str, client_id: str) -> str:
    """Goes to a page of a client by its address."""
    app.query_params.clear()
    app.query_params["client"] = client_id
    app.session_state["page"] = page
    return shown(app.run())


def ask(app: AppTest) -> str:
    """Asks the question in the chat that is open."""
    return shown(app.chat_input[0].set_value(QUESTION).run())


@pytest.mark.usefixtures("two_firms")
def test_c02_two_people_on_two_clients_see_only_their_own(downloads: list[bytes]) -> None:
    sessions = {client_id: session(email) for client_id, email in PEOPLE.items()}
    own: dict[str, set[str]] = {client_id: set() for client_id in WORDS}
    for page in PAGES:
        # Page by page in turns, each with the other's id in the address at the second visit.
        for asked in ("own", "other"):
            for client_id, app in sessions.items():
                downloads.clear()
                seen = visit(app, page, client_id if asked == "own" else OTHER[client_id])
                files = b"\n".join(downloads).decode("utf-8", "replace")
                for where in (seen, state(app), files):
                    assert WORDS[OTHER[client_id]] not in where, (client_id, page, asked)
                if WORDS[client_id] in seen:
                    own[client_id].add(page)
    for pages in own.values():
        assert pages >= set(PAGES) - {"sources"}, "the search would find a word that is there"
    for client_id, app in sessions.items():
        visit(app, "chat", client_id)
    for client_id, app in sessions.items():
        seen = ask(app)
        assert f"under the word {WORDS[client_id]}" in seen
        assert WORDS[OTHER[client_id]] not in seen + state(app)


@pytest.mark.usefixtures("two_firms")
@pytest.mark.parametrize("by", ["address", "switch"])
def test_c02_a_switch_leaves_nothing_of_the_client_before(
    downloads: list[bytes], monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.delenv("VCISO_OIDC_ISSUER")
    app = owner_session(monkeypatch)
    for page in PAGES:
        if page in OVER_ALL:
            continue
        visit(app, page, "acme")
        if page == "chat":
            assert f"under the word {WORDS['acme']}" in ask(app)
        leave_words(app)
        assert WORDS["acme"] in state(app), page
        downloads.clear()
        if by == "address":
            app.query_params["client"] = "globex"
            seen = shown(app.run())
        else:
            seen = shown(app.get("button_group")[0].set_value("globex").run())
        files = b"\n".join(downloads).decode("utf-8", "replace")
        assert WORDS["globex"] in seen
        # The bar at the top names every client that this person may switch to; once.
        rest = seen.replace(f"{WORDS['acme']} Inc", "", 1)
        for where in (rest, state(app), files):
            assert WORDS["acme"] not in where, page


@pytest.mark.usefixtures("two_firms")
def test_c02_nothing_is_kept_between_sessions() -> None:
    for client_id, email in PEOPLE.items():
        app = session(email)
        for page in PAGES:
            visit(app, page, client_id)
        ask_page = visit(app, "chat", client_id)
        assert WORDS[client_id] in ask_page
    assert [one for one in caching.get_data_cache_stats_provider().get_stats().values() if one] == []
    assert [one for one in caching.get_resource_cache_stats_provider().get_stats().values() if one] == []
    for name, module in [*sys.modules.items()]:
        if name == "ui" or name.startswith("ui."):
            kept = "\n".join(held(vars(module)))
            assert not [word for word in WORDS.values() if word in kept], name


def owner_session(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A session of somebody who may see both."""
    at = datetime.now(UTC)
    with Places(Settings(), now=at) as places:
        add_user(places, "boss@ciso.example", at, admin=True)
    monkeypatch.setenv("VCISO_OIDC_ISSUER", ISSUER)
    return session("boss@ciso.example")


def leave_words(app: AppTest) -> None:
    """Types the client's word into the first line of the page, as somebody who is called away does."""
    for line in [*app.text_input, *app.text_area]:
        if not line.disabled:
            line.set_value(f"half a sentence about {WORDS['acme']}").run()
            return
    app.session_state["of/acme/typed"] = f"half a sentence about {WORDS['acme']}"
