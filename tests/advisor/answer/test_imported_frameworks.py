"""Frameworks that a user brought: asked for by name and by id, and seen by nobody else's questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from advisor.service import make_advisor
from ingest.frameworks.service import read_framework
from knowledge.clients import add_client, new_ref
from knowledge.errors import NotFoundError
from knowledge.places import Places
from knowledge.records.answer import Answer
from knowledge.records.client import Client
from knowledge.settings import Settings
from tests.advisor.answer.conftest import AT
from ui.app.catalogue import keep_client_framework, keep_framework

CORP = b"""Ref,Title,Text
AC.01,Login,People log in with two factors.
AC.02,Leavers,Leavers lose their access within 24 hours.
AC.03,Guests,Guests bear a badge.
BK.01,Backups,Backups are written every night.
BK.02,Restores,Restores are tried each quarter.
"""
TISAX = b"""Ref,Title,Text
1.1.1,Policy,A policy is written.
1.2.1,Roles,Roles of security are named.
"""
OFFICIAL = b"""id,title,text
PR.AA-01,Identities,Official: identities are managed by the organization.
PR.AA-02,Proofing,"Official: identities are proofed.

a. By post.
b. Users.
c. By a visit to the desk."
PR.AA-03,Authentication,Official: users are authenticated.
PR.AA-04,Assertions,Official: assertions are protected.
PR.AA-05,Permissions,Official: permissions are managed.
"""
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    settings = Settings(home=tmp_path_factory.mktemp("brought") / "home", actor="tester", lock_wait_seconds=0.1)
    with Places(settings, now=AT) as places:
        for client in ("acme", "globex"):
            profile = Client(id=client, ref=new_ref(), name=client.title(), frameworks=("nist-csf-2.0",), created_at=AT)
            add_client(places, profile, AT)
        for data, title in ((CORP, "Corp Standard"), (TISAX, "TISAX 6.0"), (OFFICIAL, "NIST CSF 2.0")):
            keep_client_framework(places, "acme", read_framework(data, AT, name="t.csv", title=title), AT)
        wide = (
            b"".join(f"PR.AA-0{n},t,Shared words {n}.\n".encode() for n in range(1, 7))
            + b"PR.PS-01,t,Shared words 7.\n"
        )
        keep_framework(places, read_framework(b"id,title,text\n" + wide, AT, name="t.csv", title="CSF 2.0 whole"), AT)
        with make_advisor(places, settings, dense="off") as advisor:
            yield lambda question, client="acme", **more: advisor.ask(client, question, now=AT, **more)


def said(answer: Answer) -> str:
    return " ".join(claim.text for claim in answer.claims if claim.supported)


@pytest.mark.parametrize(
    "question",
    [
        "What does AC.02 of the Corp Standard say?",
        "corp-standard AC-2",
        "What does the corp standard say about leavers?",
    ],
)
def test_it_is_asked_for_by_name(ask: Ask, question: str) -> None:
    assert "Corp Standard AC.02 (Leavers): Leavers lose their access within 24 hours." in said(ask(question))
    assert "24 hours" not in said(ask(question, "globex"))


def test_what_was_brought_is_no_longer_called_missing(ask: Ask) -> None:
    question = "What does TISAX say about roles?"
    assert "Roles of security are named." in said(ask(question))
    theirs = ask(question, "globex")
    assert theirs.abstained
    assert "not among the frameworks here" in " ".join(theirs.not_covered)


def test_a_framework_to_answer_from_goes_by_its_usual_name(ask: Ask) -> None:
    assert "24 hours" in said(ask("leavers", frameworks=["Corp Standard"]))
    assert "CSF 2.0" in said(ask("how are backups tested?", frameworks=["CSF"]))
    with pytest.raises(NotFoundError, match="no such framework"):
        ask("leavers", "globex", frameworks=["Corp Standard"])


def test_the_publishers_words_are_quoted_where_they_were_brought(ask: Ask) -> None:
    answer = ask("PR.AA-01")
    assert "Official: identities are managed by the organization." in said(answer)
    assert "import the official text" not in answer.searched
    theirs = ask("PR.AA-01", "globex")
    assert "Shared words 1." in said(theirs)
    assert "Official" not in said(theirs)
    assert "Shared words 7." in said(ask("PR.PS-01"))
    assert "import the official text" in ask("What is CSF RC.CO-03?").searched


def test_a_requirement_that_is_asked_for_as_a_whole_is_quoted_line_by_line(ask: Ask) -> None:
    claim = ask("What is PR.AA-02?").claims[0]
    assert claim.supported
    assert [citation.quote for citation in claim.citations] == [
        "Official: identities are proofed.",
        "a. By post. b. Users.",
        "c. By a visit to the desk.",
    ]
