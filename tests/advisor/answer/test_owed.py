"""What is still owed, told from policies, documents and the frameworks' structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from advisor.answer.owed import NOT_ASSESSED
from advisor.policies.soa import decide
from advisor.service import Advisor, make_advisor
from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.frameworks.catalogue import shipped
from knowledge.places import Places
from knowledge.records.answer import Answer
from knowledge.records.client import Client
from knowledge.records.policy import Policy, PolicyClause, PolicySection, PolicyText, PolicyVersion, VersionStatus
from knowledge.settings import Settings

Ask = Callable[..., Answer]
AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
VENDORS = "# Vendor Notes\n\n## 1 End\n\nAt the end of a contract the vendor returns or destroys all data of ours.\n"


def _version(topic: str, status: VersionStatus, text: str, requirement: str) -> tuple[Policy, PolicyVersion]:
    clause = PolicyClause(id="c1", number="2.1", text=text, requirements=(requirement,))
    body = PolicyText(title=topic.title(), sections=(PolicySection(id="s1", heading="Rules", clauses=(clause,)),))
    published = AT if status == "published" else None
    version = PolicyVersion(
        policy_id=topic, number=1, status=status, text=body, sha256=body.sha256, created_at=AT, created_by="dana",
        edited_at=AT, edited_by="dana", published_at=published, published_by="dana" if published else "",
    )  # fmt: skip
    return Policy(id=topic, topic=topic, title=topic.title(), created_at=AT), version


@pytest.fixture(scope="module")
def advisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advisor]:
    settings = Settings(home=tmp_path_factory.mktemp("owed") / "home", actor="dana", lock_wait_seconds=0.1)
    with Places(settings, now=AT) as places:
        for client, frameworks in (("acme", ("nist-csf-2.0", "iso-27001-2022")), ("bare", ())):
            profile = Client(id=client, ref=new_ref(), name=client.title(), frameworks=frameworks, created_at=AT)
            add_client(places, profile, AT)
        with places.client("acme") as place:
            add_document(place, read_document(VENDORS.encode(), name="vendors.md"), AT)
            with place.write() as unit:
                for policy, version in (
                    _version("vendors", "published", "Suppliers are listed and ranked.", "nist-csf-2.0:GV.SC-04"),
                    _version("backups", "draft", "Backups are tested every month.", "nist-csf-2.0:PR.DS-11"),
                ):
                    unit.policies.put(policy)
                    unit.policies.add_version(version)
            decide(place, shipped(), "A.7.4", applicable=False, justification="No premises.", now=AT)
        with make_advisor(places, settings, dense="off") as made:
            yield made


@pytest.fixture
def ask(advisor: Advisor) -> Ask:
    return lambda question, client="acme": advisor.ask(client, question, now=AT)


def _texts(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.claims if claim.supported]


def test_without_a_topic_policies_are_held_against_each_framework(ask: Ask) -> None:
    answer = ask("What is still not met?")
    texts = _texts(answer)
    assert answer.mode == "lookup"
    assert any(
        t.startswith("CSF 2.0: policies in force speak to 1 of 106 requirements wholly and to 0 in part, 1 more")
        for t in texts
    )
    assert any(t.startswith("GV (Govern): 30 of 31 mapped to no policy: GV.OC-01") for t in texts)
    assert not any("GV.SC-04" in t for t in texts)
    assert any("1 were decided not to apply" in t for t in texts)
    assert NOT_ASSESSED in answer.not_covered


def test_a_named_framework_alone_is_told(ask: Ask) -> None:
    assert not any("CSF" in text for text in _texts(ask("What is missing under ISO 27001?")))


def test_a_client_without_frameworks_is_told_what_to_do(ask: Ask) -> None:
    answer = ask("What is still not met?", "bare")
    assert answer.abstained
    assert "No framework is set" in answer.not_covered[0]


def test_a_clause_in_force_comes_before_any_likeness(ask: Ask) -> None:
    answer = ask("What do we still owe for GV.SC?")
    (said,) = [text for text in _texts(answer) if "GV.SC-04" in text]
    assert said.endswith("Vendors v1, clause 2.1 says: Suppliers are listed and ranked.")
    assert len([text for text in _texts(answer) if " GV.SC-" in text]) == 10


def test_a_draft_is_called_one(ask: Ask) -> None:
    (said,) = [text for text in _texts(ask("What do we still owe for PR.DS-11?")) if "PR.DS-11" in text]
    assert "Backups v1, clause 2.1 (a draft) says: Backups are tested every month." in said


def test_what_nothing_speaks_to_comes_first_and_is_listed(ask: Ask) -> None:
    answer = ask("What do we still owe for GV.SC?")
    first = _texts(answer)[0]
    assert "says:" not in first
    assert "GV.SC-01" in next(note for note in answer.not_covered if note.startswith("Nothing was found"))


def test_points_of_one_paragraph_are_told_together(ask: Ask) -> None:
    texts = _texts(ask("How long do we have to report an incident under NIS2?"))
    ids = [text.split(" (")[0] for text in texts if "Art. 23(4)" in text]
    assert ids[:2] == ["NIS2 Art. 23(4)(a)", "NIS2 Art. 23(4)(b)"]
