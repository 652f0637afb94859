"""The logic of each page, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from advisor.morning import run_morning
from advisor.service import make_advisor, new_conversation
from knowledge.places import Places
from knowledge.records.source import SourceState
from knowledge.settings import Settings
from ui.app.morning import kept_sources

PAGES = ("portfolio", "brief", "chat", "policies", "assets", "frameworks", "documents", "sources", "settings", "audit")
CANARY = "Quittenmus"


def words(app: AppTest) -> str:
    """Everything that a page shows, our HTML included."""
    shown = [str(getattr(one, "value", "")) for one in (*app.title, *app.header, *app.markdown, *app.info, *app.error)]
    shown += [str(one.value) for one in (*app.caption, *app.warning, *app.success)]
    shown += [one.proto.body for one in app.get("html")]
    shown += [one.label for one in (*app.button, *app.selectbox, *app.text_input)]
    shown += [str(option) for one in app.selectbox for option in one.options]
    return "\n".join(shown)


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_home_says_what_to_do(page: Callable[..., AppTest], name: str) -> None:
    app = page(name)
    assert not app.exception
    if name != "sources":
        assert "No clients yet" in words(app)
        assert "Settings" in words(app)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("filled")
def test_a_page_shows_one_client_alone(page: Callable[..., AppTest], name: str) -> None:
    app = page(name, "quiet")
    assert not app.exception
    assert ("All clients" if name in ("portfolio", "sources") else "Quiet Firm") in words(app)
    if name != "portfolio":
        assert CANARY not in words(app), name


@pytest.mark.usefixtures("filled")
def test_a_switch_forgets_what_was_kept(page: Callable[..., AppTest]) -> None:
    app = page("audit", "loud")
    app.text_input[0].input("secret words").run()
    assert app.session_state["of/loud/words"] == "secret words"
    app.query_params["client"] = "quiet"
    app.run()
    assert not app.exception
    assert "of/loud/words" not in app.session_state
    assert app.text_input[0].value == ""


@pytest.mark.usefixtures("filled")
def test_an_unknown_client_in_the_address_is_not_named(page: Callable[..., AppTest]) -> None:
    app = page("brief", "nobody")
    assert not app.exception
    assert "Loud Firm" in words(app)
    assert app.query_params["client"] in ("loud", ["loud"])


def test_another_process_in_the_home_is_said_in_words(
    page: Callable[..., AppTest], filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCISO_LOCK_WAIT_SECONDS", "0.1")
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places:
        places.shared()
        app = page("brief", "quiet")
        assert "another vciso process" in words(app)
        assert [one.label for one in app.button] == ["Try again"]
    app.button[0].click().run()
    assert not app.exception
    assert "Quiet Firm" in words(app)


def test_verify_names_a_changed_row(page: Callable[..., AppTest], filled: Path) -> None:
    import sqlite3

    app = page("audit", "quiet")
    next(one for one in app.button if one.label == "Verify the chain").click().run()
    assert "hold" in words(app)
    with sqlite3.connect(filled / "clients" / "quiet" / "client.sqlite3") as raw:
        raw.execute("UPDATE audit_rows SET actor = 'mallory' WHERE seq = 2")
    app = page("audit", "quiet")
    next(one for one in app.button if one.label == "Verify the chain").click().run()
    assert "Row 2" in words(app)


@pytest.mark.usefixtures("filled")
def test_gaps_are_listed(page: Callable[..., AppTest]) -> None:
    app = page("assets", "quiet")
    control: Any = app.get("button_group")
    assert control
    app.session_state["of/quiet/section-full"] = "Not known"
    app.run()
    assert not app.exception
    assert "every flaw of its product stays" in words(app)


@pytest.mark.usefixtures("filled")
def test_documents_that_name_a_requirement_count(page: Callable[..., AppTest]) -> None:
    app = page("frameworks", "quiet")
    app.selectbox[0].select("nist-sp-800-53-r5").run()
    assert not app.exception
    assert "Documents name 1" in words(app)


def test_a_profile_is_changed_and_traced(page: Callable[..., AppTest], filled: Path) -> None:
    app = page("settings", "quiet")
    next(one for one in app.text_input if one.label == "Name").input("Quieter Firm")
    next(one for one in app.button if one.label == "Save").click().run()
    assert not app.exception
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places:
        assert places.profile("quiet").name == "Quieter Firm"
        with places.client("quiet") as place, place.read() as unit:
            assert [row.action for row in unit.audit.rows(last=1)] == ["client.update"]


def test_the_first_client_is_added_in_the_app(page: Callable[..., AppTest], home: Path) -> None:
    app = page("settings")
    next(one for one in app.text_input if one.label == "Name").input("New Firm")
    next(one for one in app.button if one.label == "Add the client").click()
    app.run()
    with Places(Settings(home=home), now=datetime.now(UTC)) as places:
        assert [one.name for one in places.profiles()] == ["New Firm"]


def test_a_finding_in_the_persons_words_becomes_a_proposal(page: Callable[..., AppTest], filled: Path) -> None:
    app = page("policies", client="quiet")
    told = "Audit of July, F-3: the account of a leaver was open for a week"
    next(one for one in app.text_area if one.label.startswith("What happened")).input(told)
    next(one for one in app.radio if one.label == "What it is").set_value("finding")
    next(one for one in app.selectbox if one.key == "of/quiet/reported-topic").set_value("access-control")
    next(one for one in app.button if one.label == "Propose changes").click()
    app.run()
    assert not app.exception
    settings, at = Settings(home=filled), datetime.now(UTC)
    with Places(settings, now=at) as places, places.client("quiet") as place, place.read() as unit:
        waiting = unit.proposals.list()
    assert [(one.trigger.kind, one.trigger.title) for one in waiting] == [("finding", told)]
    assert f"{waiting[0].id}" in words(app)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ["assets", "sources", "portfolio", "frameworks"])
def test_each_picture_is_a_file_too(
    page: Callable[..., AppTest], filled: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made: dict[str, Callable[[], bytes]] = {}

    def record(_label: str, data: Any, *, file_name: str, **_options: Any) -> bool:
        made[file_name] = data
        return False

    monkeypatch.setattr(st, "download_button", record)
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places:
        run_morning(places, now=datetime.now(UTC) - timedelta(days=1))
        (source, *_) = kept_sources(places)
        state = SourceState(source_id=source.id, url=source.url, outcome="read", fetched_at=datetime.now(UTC))
        with places.shared().write() as unit:
            unit.sources.put_state(state)
    app = page(name, "quiet")
    assert not app.exception
    forms = {file.rpartition(".")[2]: draw() for file, draw in made.items() if file.endswith((".svg", ".png"))}
    assert set(forms) == {"svg", "png"}
    assert forms["svg"].startswith(b"<svg")
    assert forms["png"].startswith(b"\x89PNG")


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


HOUSE_TABLE = b"Number of ours,Title,Rule\nD,Doors,\nD.a,Lock,Doors are locked.\nD.b,Shut,Doors are shut.\n"


def to_import(page: Callable[..., AppTest], client_id: str = "quiet") -> AppTest:
    app = page("frameworks", client_id)
    app.session_state[f"of/{client_id}/section"] = "Import & copies"
    return app.run()


def test_a_framework_is_read_mapped_kept_and_taken_away(page: Callable[..., AppTest], filled: Path) -> None:
    app = to_import(page)
    assert "None yet" in words(app)
    app.file_uploader[0].set_value(("house.csv", HOUSE_TABLE, "text/csv")).run()
    assert not app.exception
    assert "Choose **id** for the column" in words(app)
    next(one for one in app.selectbox if one.label == "Number of ours").select("id").run()
    next(one for one in app.selectbox if one.label == "Rule").select("statement").run()
    next(one for one in app.text_input if one.label.startswith("Title")).input("House rules").run()
    assert "House rules: 3 rows, 3 to be assessed, 2 with the publisher" in words(app)
    now = datetime.now(UTC)
    with Places(Settings(home=filled), now=now) as places, places.client("quiet") as place, place.read() as unit:
        assert unit.frameworks.list() == (), "nothing is kept before the last button"
    button(app, "Keep it").click().run()
    assert not app.exception
    assert "House rules is kept for Quiet Firm, as house-rules." in words(app)
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places:
        with places.client("quiet") as place, place.read() as unit:
            assert [row.id for row in unit.frameworks.requirements("house-rules")] == ["D", "D.a", "D.b"]
            assert [row.action for row in unit.audit.rows(last=1)] == ["framework.import"]
        with places.shared().read() as shared:
            assert shared.frameworks.list() == ()
    assert "house-rules" not in words(to_import(page, "loud"))
    button(app, "Take it away").click().run()
    assert "The copy house-rules is gone" in words(app)
    now = datetime.now(UTC)
    with Places(Settings(home=filled), now=now) as places, places.client("quiet") as place, place.read() as unit:
        assert unit.frameworks.list() == ()
        assert [row.action for row in unit.audit.rows(last=1)] == ["framework.remove"]


@pytest.mark.usefixtures("filled")
def test_a_file_that_is_no_framework_is_said_in_words(page: Callable[..., AppTest]) -> None:
    app = to_import(page)
    app.file_uploader[0].set_value(("x.json", b'{"hello": 1}', "application/json")).run()
    assert not app.exception
    assert "is not an OSCAL catalog or profile" in words(app)
    assert "Keep it" not in [one.label for one in app.button]


OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>List</title></head><body>
<outline text="Good <b>feed</b>" xmlUrl="https://good.example/feed"/>
<outline text="Other" xmlUrl="https://other.example/rss"/>
<outline text="Inside" xmlUrl="http://127.0.0.1/feed"/></body></opml>""".replace(b"<b>", b"&lt;b>").replace(
    b"</b>", b"&lt;/b>"
)


def test_a_list_of_feeds_is_shown_before_it_is_added(page: Callable[..., AppTest], filled: Path) -> None:
    app = page("sources")
    app.file_uploader[0].set_value(("list.opml", OPML, "text/xml")).run()
    assert not app.exception
    said = words(app)
    assert "2 feeds would be added" in said
    assert "Skipped (1)" in said
    assert "<b>feed" not in said
    next(one for one in app.text_input if one.label.startswith("Only feeds")).input("other nothing").run()
    assert "1 feed would be added" in words(app)
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places, places.shared().read() as unit:
        assert not [one for one in unit.sources.list() if "example" in one.url]
    button(app, "Add 1 feed").click().run()
    assert not app.exception
    assert "Added 1 feed" in words(app)
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places, places.shared().read() as unit:
        assert [one.url for one in unit.sources.list() if ".example/" in one.url] == ["https://other.example/rss"]
        assert [row.action for row in unit.audit.rows(last=1)] == ["source.import"]
    next(one for one in app.selectbox if one.key == "source-chosen").select("other").run()
    button(app, "Remove it").click().run()
    assert "Other is removed" in words(app)
    with Places(Settings(home=filled), now=datetime.now(UTC)) as places, places.shared().read() as unit:
        assert not [one for one in unit.sources.list() if ".example/" in one.url]


@pytest.mark.usefixtures("filled")
def test_a_built_in_source_can_only_be_left_out(page: Callable[..., AppTest]) -> None:
    app = page("sources")
    next(one for one in app.selectbox if one.key == "source-chosen").select("cisa-kev").run()
    assert "Remove it" not in [one.label for one in app.button]
    button(app, "Leave it out").click().run()
    assert "is left out" in words(app)


@pytest.mark.usefixtures("filled")
def test_a_policy_that_is_lacking_is_begun_where_it_is_missed(page: Callable[..., AppTest]) -> None:
    app = page("policies")
    app.query_params = {"client": "quiet", "begin": "vendor-risk"}
    app.run()
    assert not app.exception
    assert next(one for one in app.selectbox if one.label == "Topic").value == "vendor-risk"
    assert "begin" not in app.query_params


def test_several_quotations_of_one_passage_open_it_once(page: Callable[..., AppTest], filled: Path) -> None:
    at = datetime.now(UTC)
    settings = Settings(home=filled, actor="tester")
    with Places(settings, now=at) as places, make_advisor(places, settings, dense="off") as advisor:
        turn = advisor.chat("quiet", new_conversation(), "PR.AA-01 in ISO 27001?", now=at)
    cited = [one.passage_id for claim in turn.answer.claims for one in claim.citations]
    assert len(cited) > len(set(cited)), "a table's pairs are quoted line by line"
    app = page("chat", "quiet")
    assert not app.exception
    opened = [*(one.label for one in app.button), *(option for box in app.selectbox for option in box.options)]
    assert sum(one.replace("\\", "").startswith("[1] ") for one in opened) == 1
