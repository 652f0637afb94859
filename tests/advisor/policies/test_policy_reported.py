"""Incidents, findings and files that were changed outside become proposals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from advisor import proposals
from advisor.policies.adopt import adopt_document
from advisor.policies.reported import Reported, propose_for_reported
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.records.document import Document, DocumentPart
from knowledge.records.policy import PolicyVersion
from tests.advisor.policies.conftest import PARAGRAPHS
from ui.cli.main import app

FINDING = Reported("finding", "Audit 2026-07, F-3: leavers keep VPN access for a week")


def test_an_incident_is_judged_by_the_rules(places: Places, client: Client, now: datetime) -> None:
    phishing = Reported("incident", "2026-08-04: ransomware on NAS-02 through an account without MFA")
    outcomes = propose_for_reported(places, client.id, phishing, now)
    assert {one.rule for one in outcomes} == {"sign-in-weakness", "ransomware-copy"}
    assert all("there is no policy on" in one.sentence for one in outcomes)


def test_a_finding_with_a_requirement_changes_the_clause_that_serves_it(
    places: Places, client: Client, adopted: PolicyVersion, now: datetime
) -> None:
    (found,) = propose_for_reported(
        places, client.id, FINDING, now, topic="vendor-risk", requirements=("csf:GV.SC-08",)
    )
    assert found.proposal is not None
    assert found.proposal.trigger.kind == "finding"
    for hunk in found.proposal.hunks:
        assert "finding" in hunk.reason and FINDING.words in hunk.reason
        assert hunk.citations[0].quote == FINDING.words
        assert any(one.passage_id == "req:nist-csf-2.0:GV.SC-08" for one in hunk.citations)
    (chosen,) = propose_for_reported(places, client.id, FINDING, now, requirements=("csf:GV.SC-08",))
    assert chosen.proposal == found.proposal


def test_what_no_rule_sees_is_left_to_the_person(
    places: Places, client: Client, adopted: PolicyVersion, now: datetime
) -> None:
    assert propose_for_reported(places, client.id, FINDING, now) == ()
    with pytest.raises(UsageError, match="no words"):
        propose_for_reported(places, client.id, Reported("finding", "  "), now)
    with pytest.raises(NotFoundError, match="no such topic"):
        propose_for_reported(places, client.id, FINDING, now, topic="cooking")


@pytest.fixture
def newer(place: ClientPlace, document: Document, now: datetime) -> Callable[[dict[int, str | None]], Document]:
    """A newer version of the document, with paragraphs replaced or gone, and one more at its end."""

    def made(changes: dict[int, str | None]) -> Document:
        rows = [(kind, changes.get(n, text), where) for n, (kind, text, where) in enumerate(PARAGRAPHS, start=1)]
        rows.append(("paragraph", "3.3 Register. The manager keeps a list of all vendors.", "section 3.3"))
        kept = [row for row in rows if row[1] is not None]
        parts = [
            DocumentPart(seq=n, kind=kind, text=text, locator=where, level=1 if kind == "heading" else 0)
            for n, (kind, text, where) in enumerate(kept, start=1)
        ]
        found = document.model_copy(update={"version": 2, "sha256": "1" * 64})
        with place.write() as unit:
            unit.documents.put(found, parts)
        return found

    return made


def test_a_file_changed_outside_is_proposed_and_decided_by_hunk(
    places: Places,
    client: Client,
    place: ClientPlace,
    adopted: PolicyVersion,
    newer: Callable[[dict[int, str | None]], Document],
    now: datetime,
) -> None:
    ends = "2.2 End of access. Access ends within 1 day of the end of the contract."
    document = newer({5: ends, 8: None})
    found = adopt_document(places, client.id, document, "", now)
    assert [(h.kind, h.old, h.new) for h in found.hunks if h.kind == "replace"] == [("replace", PARAGRAPHS[4][1], ends)]
    assert [h.old for h in found.hunks if h.kind == "delete"] == [PARAGRAPHS[7][1]]
    assert [h.new[:12] for h in found.hunks if h.kind == "insert"] == ["3.3 Register"]
    assert {h.reason for h in found.hunks} == {"changed in Vendor Risk Policy.docx version 2 outside"}
    assert adopt_document(places, client.id, document, "", now).id == found.id
    version = proposals.accept(place, found.id, now, client).version
    assert version is not None
    assert (version.number, version.status) == (2, "draft")
    texts = [clause.text for clause in version.text.clauses]
    assert texts[-1].startswith("3.3 Register") and ends in texts and PARAGRAPHS[7][1] not in texts
    standing = [(clause.part.version, clause.part.seq) for clause in version.text.clauses if clause.part is not None]
    assert standing == [(2, seq) for seq in (2, 4, 5, 7, 8)], "the next redline is made in the newer file"
    with pytest.raises(ConflictError, match=f"was decided in {found.id} already"):
        adopt_document(places, client.id, document, "", now)


def test_a_file_that_was_accepted_in_part_stays_with_the_older_one(
    places: Places,
    client: Client,
    place: ClientPlace,
    adopted: PolicyVersion,
    newer: Callable[[dict[int, str | None]], Document],
    now: datetime,
) -> None:
    document = newer({8: None})
    found = adopt_document(places, client.id, document, "", now)
    version = proposals.accept(place, found.id, now, client, hunks=[1]).version
    proposals.reject(place, found.id, now, reason="kept in a list elsewhere")
    assert version is not None
    assert {clause.part.version for clause in version.text.clauses if clause.part is not None} == {1}
    with pytest.raises(ConflictError, match=f"was decided in {found.id} already"):
        adopt_document(places, client.id, document, "", now)


def test_through_the_command_line(home: Path) -> None:
    def run(*said: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["--home", str(home), *said])
        assert done.exit_code == code, done.output
        return " ".join(done.output.split())

    run("client", "add", "Northgate", "--id", "northgate", "--sector", "healthcare", "--framework", "nist-csf-2.0")
    file = home.parent / "Backup Policy.md"
    file.write_text(
        "# Backup Policy\n\n## Copies\n\nA copy of each system is made every night.\n\nTapes are locked away.\n"
    )
    run("docs", "add", "northgate", str(file))
    run("policy", "adopt", "northgate", "Backup Policy", "--accept")
    words = "2026-08-04: ransomware on NAS-02"
    assert "because of" not in run("policy", "propose", "northgate", "--finding", "The door was open")
    assert "--topic TOPIC or --for" in run("policy", "propose", "northgate", "--finding", "The door was open")
    run("policy", "propose", "northgate", "--incident", words, "--finding", words, code=2)
    said = run("policy", "propose", "northgate", "--incident", words)
    assert f"The incident “{words}”" in said and "Proposal P-2 adds" in said
    shown = run("proposals", "northgate", "show", "P-2")
    assert f"“{words}”" in shown and "PR.DS-11" in shown
    run("policy", "adopt", "northgate", "Backup Policy", code=9)
    file.write_text(file.read_text().replace("every night", "every hour"))
    run("docs", "add", "northgate", str(file))
    assert "1 changes" not in (adopted := run("policy", "adopt", "northgate", "Backup Policy"))
    assert "P-3: 1 change to" in adopted
    assert "outside" in run("proposals", "northgate", "show", "P-3")
