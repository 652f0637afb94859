"""Policies in the app: the client's Word file out and back, exceptions, papers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
import streamlit as st
from docx.oxml.ns import qn
from streamlit.testing.v1 import AppTest

from advisor import proposals
from advisor.policies.adopt import adopt_document
from advisor.policies.propose import propose_by_hand
from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.proposal import Proposal
from knowledge.settings import Settings

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
AT = datetime.now(UTC)
RULES = (
    ("2.1", "Accounts. Each person has an account of their own."),
    ("2.2", "End of access. Access ends within 5 days of the end of the contract."),
)


def run_policies() -> None:
    from ui.web.views.policies import show_page

    show_page()


@pytest.fixture
def proposal(home: Path, monkeypatch: pytest.MonkeyPatch) -> Proposal:
    """A client whose policy is its own Word file, and a proposal against it."""
    monkeypatch.setenv("VCISO_HOME", str(home))
    with Places(Settings(home=home, actor="tester"), now=AT) as places:
        client = Client(id="quiet", ref=new_ref(), name="Quiet Firm", created_at=AT)
        add_client(places, client, AT)
        word = docx.Document()
        word.add_heading("Access Policy", 0)
        word.add_heading("2 Access", 1)
        for number, text in RULES:
            word.add_paragraph(f"{number} {text}")
        made = io.BytesIO()
        word.save(made)
        with places.client("quiet") as place:
            added = add_document(place, read_document(made.getvalue(), name="access.docx"), AT)
        found = adopt_document(places, "quiet", added.document, "access-control", AT)
        with places.client("quiet") as place:
            proposals.accept(place, found.id, AT, client)
            with place.read() as unit:
                policy_id = unit.policies.list()[0].id
        words = "2.2 End of access. Access ends within 1 day of the end of the contract."
        return propose_by_hand(
            places, "quiet", policy_id, AT, clause="2.2", text=words, reason="five days are too long"
        )


@pytest.fixture
def page(proposal: Proposal) -> Callable[[], AppTest]:
    def make() -> AppTest:
        app = AppTest.from_function(run_policies, default_timeout=120)
        app.query_params["client"] = "quiet"
        app.session_state["of/quiet/section"] = "Proposals"
        app.session_state["client-in-view"] = "quiet"
        return app.run()

    return make


def words(app: AppTest) -> str:
    shown = [str(one.value) for one in (*app.markdown, *app.info, *app.warning, *app.error, *app.success)]
    return "\n".join([*shown, *(one.proto.body for one in app.get("html"))])


def press(app: AppTest, label: str) -> AppTest:
    app = next(one for one in app.button if one.label == label).click().run()
    assert not app.exception
    return app


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the download buttons hand out, by label: AppTest has no way to press one."""
    found: dict[str, bytes] = {}
    real = st.download_button

    def record(label: str, data: bytes | str, **options: Any) -> bool:
        found[label] = data.encode() if isinstance(data, str) else data
        return bool(real(label, data, **options))

    monkeypatch.setattr(st, "download_button", record)
    return found


def settled(data: bytes, *, accept: bool) -> bytes:
    """What Word makes of a file when each tracked change is accepted, or each is rejected."""
    document = docx.Document(io.BytesIO(data))
    for element in list(document.element.body.iter(qn("w:ins"), qn("w:del"))):
        for run in list(element):
            for node in run.findall(qn("w:delText")):
                node.tag = qn("w:t")
            if accept == (element.tag == qn("w:ins")):
                element.addprevious(run)
        element.getparent().remove(element)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def status(home: Path, proposal: Proposal) -> str:
    with Places(Settings(home=home), now=AT) as places, places.client("quiet") as place, place.read() as unit:
        return str(unit.proposals.get(proposal.id).status)


@pytest.mark.parametrize(("accept", "after"), [(True, "accepted"), (False, "rejected")])
def test_the_word_file_goes_out_and_comes_back(
    page: Callable[[], AppTest], files: dict[str, bytes], home: Path, proposal: Proposal, accept: bool, after: str
) -> None:
    app = press(page(), "Make the Word file")
    made = files["Download the Word file"]
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        body = archive.read("word/document.xml").decode()
        assert "<w:ins " in body
        assert "<w:del " in body
        assert "five days are too long" in archive.read("word/comments.xml").decode()
    app.file_uploader[0].set_value(("back.docx", made, DOCX)).run()
    assert "not decided yet" in words(app)
    assert "It decides nothing yet" in words(app)
    app.file_uploader[0].set_value(("back.docx", settled(made, accept=accept), DOCX)).run()
    assert not app.exception
    assert after in words(app)
    assert status(home, proposal) == "open", "reading decides nothing"
    press(app, "Decide so on 1 change")
    assert status(home, proposal) == after
    assert f"{proposal.id} is {after}" in words(app)


@pytest.mark.usefixtures("proposal")
@pytest.mark.parametrize(
    "data", [b"", b"MZ not a document", b"PK\x03\x04 broken", b"<html>x</html>"], ids=["empty", "exe", "zip", "html"]
)
def test_a_file_that_is_no_word_file_is_said_so(
    page: Callable[[], AppTest], home: Path, proposal: Proposal, data: bytes
) -> None:
    app = page()
    app.file_uploader[0].set_value(("back.docx", data, DOCX)).run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.startswith("back")
    assert not [one for one in app.button if one.label.startswith("Decide so")]
    assert status(home, proposal) == "open"


def field(app: AppTest, label: str) -> Any:
    return next(one for one in (*app.text_input, *app.selectbox, *app.date_input) if one.label == label)


def open_part(app: AppTest, name: str) -> AppTest:
    """A part of the only policy."""
    app.session_state["of/quiet/section"] = "Policies"
    app.session_state["of/quiet/part-access-control"] = name
    app.run()
    assert not app.exception
    return app


def test_an_exception_is_granted_renewed_and_closed(page: Callable[[], AppTest], home: Path) -> None:
    app = open_part(page(), "Exceptions")
    assert "No exception is granted" in words(app)
    press(app, "Grant")
    assert "needs its what in words" in words(app), "an empty form grants nothing"
    field(app, "Clause").select("2.1")
    field(app, "What is not done, and where").input("Shared account on the front desk's screen")
    field(app, "Why it cannot be done now").input("the maker's software has one account")
    field(app, "The control that stands in meanwhile").input("a paper log of who sat there")
    field(app, "Who answers for closing it").input("practice manager")
    press(app, "Grant")
    assert "paper log" in words(app)
    assert "in force" in words(app)
    field(app, "Reason").input("the maker needs longer")
    press(app, "Renew")
    assert "renewed 1×" in words(app)
    press(app, "Close it")
    assert "closed" in words(app)
    with Places(Settings(home=home), now=AT) as places, places.client("quiet") as place, place.read() as unit:
        (one,) = unit.policy_exceptions.list(closed=True)
        done = [row.action for row in unit.audit.rows(last=3)]
    assert (one.clause, one.closed_because, len(one.terms)) == ("2.1", "the maker needs longer", 2)
    assert sorted(done) == ["exception.add", "exception.close", "exception.renew"]


@pytest.mark.parametrize(
    ("button", "begins", "inside"),
    [("Word", b"PK", "word/document.xml"), ("PDF", b"%PDF-", ""), ("The whole set as one pack (ZIP)", b"PK", ".docx")],
)
def test_papers_are_files_of_their_kind(
    page: Callable[[], AppTest], files: dict[str, bytes], button: str, begins: bytes, inside: str
) -> None:
    app = press(open_part(page(), "Papers"), button)
    job: Any = app.session_state["of/quiet/papers"]
    while job.running:
        job.wait(0.2)
    app.run()
    assert not app.exception
    assert not app.error
    (made,) = [data for label, data in files.items() if label.startswith("Download ")]
    assert made.startswith(begins)
    assert len(made) > 1_000
    if inside:
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert archive.testzip() is None
            assert any(name.endswith(inside) for name in archive.namelist())
