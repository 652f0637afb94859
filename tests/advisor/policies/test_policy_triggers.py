"""What a brief item has to say about a policy: the rules that see it, and the sentence that they propose."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from advisor import proposals
from advisor.policies.propose import propose_for
from advisor.policies.requirements import resolve
from advisor.policies.templates.library import topics
from advisor.policies.triggers import ItemFacts, applying, rules
from knowledge.frameworks.catalogue import shipped
from knowledge.places import ClientPlace, Places
from knowledge.records.asset import ThirdParty, ToolUsed
from knowledge.records.brief import BriefItem, ItemBasis
from knowledge.records.client import Client
from knowledge.records.policy import PolicyVersion
from knowledge.records.triage import Evidence, ItemRef, Match, Verdict
from knowledge.records.vulnerability import KevEntry

PHISHING = {"sign-in-weakness", "people-deceived"}


def item(*cves: str, kev: bool = True, subject: str = "third-party", words: str = "N-able N-central") -> BriefItem:
    """A pressing item of a brief."""
    match = Match(
        rule="text-vendor",
        subject_kind=subject,  # type: ignore[arg-type]
        subject_id="t-1",
        subject_name="Brightline IT",
        evidence=(Evidence(kind="supplier", text="Brightline IT uses N-able N-central", locator="t-1.tools"),),
        confidence=0.9,
    )
    verdict = Verdict(item=ItemRef(kind="cve", id="x"), kind="vendor-only", match=match, reason="It is named.")
    return BriefItem(
        key="b-0123456789ab",
        number=1,
        story_id="s-1",
        headline="Brightline IT may be open: ask today",
        what=words,
        cve_ids=cves,
        label="act-now",
        verdict="vendor-only",
        verdicts=(verdict,),
        why_you=("Brightline IT uses it.",),
        why_now="Exploited.",
        action="Call them.",
        first_seen_on=date(2026, 8, 7),
        fingerprint="f",
        basis=ItemBasis(in_kev=cves if kev else ()),
    )


def test_an_exploited_tool_of_a_vendor_proposes_the_sentence_that_is_missing(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    with place.write() as unit:
        tools = (ToolUsed(vendor="N-able", product="N-central"),)
        unit.third_parties.put([ThirdParty(id="t-1", name="Brightline IT", tools=tools, updated_at=now)])
    entry = KevEntry(
        cve_id="CVE-2026-18577",
        vendor="N-able",
        product="N-central",
        name="N-able N-central Authentication Bypass Vulnerability",
        date_added=date(2026, 8, 3),
    )
    with places.shared().write() as unit:
        unit.vulnerabilities.put_kev([entry], changed_at=now)
    outcomes = propose_for(places, client.id, item("CVE-2026-18577"), now)
    assert [one.rule for one in outcomes] == ["vendor-tool-exploited"]
    proposal = outcomes[0].proposal
    assert proposal is not None
    assert "Proposal P-2 adds a sentence to section 3.1 of your Vendor Risk Policy." in outcomes[0].sentence
    hunk = proposal.hunks[0]
    assert hunk.new.startswith(hunk.old)
    assert "the vendor tells the practice manager within 24 hours of the listing" in hunk.new
    quoted = {one.passage_id: one.quote for one in hunk.citations}
    assert quoted["kev:CVE-2026-18577"] == entry.name
    assert quoted["third-party:t-1"] == "Brightline IT uses N-able N-central"
    assert "req:nist-csf-2.0:GV.SC-08" in quoted
    again = propose_for(places, client.id, item("CVE-2026-18556"), now)
    assert again[0].proposal == proposal
    proposals.accept(place, proposal.id, now, client)
    said = propose_for(places, client.id, item("CVE-2026-18577"), now)
    assert said[0].proposal is None
    assert "says so already, section 3.1" in said[0].sentence


def test_a_rejected_proposal_does_not_come_back(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    found = propose_for(places, client.id, item("CVE-2026-18577"), now)[0].proposal
    assert found is not None
    proposals.reject(place, found.id, now, reason="the contract has it")
    again = propose_for(places, client.id, item("CVE-2026-18577"), now)
    assert again[0].sentence == f"{found.id} was rejected by tester"
    with place.read() as unit:
        assert unit.proposals.list() == ()


def test_without_a_policy_there_is_nothing_to_change(places: Places, client: Client, now: datetime) -> None:
    outcomes = propose_for(places, client.id, item("CVE-2026-18577"), now)
    assert outcomes[0].proposal is None
    assert "there is no policy on vendor risk" in outcomes[0].sentence


def test_every_rule_names_a_topic_and_requirements_that_exist() -> None:
    assert len(rules()) >= 12
    for rule in rules():
        assert rule.topic in topics(), rule.id
        for ref in rule.requirements:
            assert resolve(ref, shipped())
        words = {"who": "the owner", "cve": "CVE-2026-1", "subject": "LB-01"}
        assert "{" not in rule.sentence.format(**words) + rule.reason.format(**words)
        assert any(char.isdigit() for char in rule.sentence), f"{rule.id} gives no figure"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"kev": True, "subjects": frozenset({"asset"}), "exposed": True}, {"exposed-device-deadline"}),
        ({"subjects": frozenset({"asset"}), "verdicts": frozenset({"version-unknown"})}, {"version-unknown"}),
        ({"ransomware": True, "subjects": frozenset({"asset"})}, {"ransomware-copy"}),
        (
            {"subjects": frozenset({"client"}), "text": "phishing wave at clinics"},
            {"sign-in-weakness", "people-deceived"},
        ),
        ({"kev": True, "subjects": frozenset()}, set()),
        (
            {"subjects": frozenset({"asset"}), "text": "a philosophy of phishermen"},
            {"sign-in-weakness", "people-deceived"},
        ),
        ({"subjects": frozenset({"asset"}), "text": "nothing of note"}, set()),
    ],
)
def test_rules_hold_where_all_they_ask_holds(facts: dict[str, Any], expected: set[str]) -> None:
    base: dict[str, Any] = {
        "kev": False,
        "ransomware": False,
        "subjects": frozenset(),
        "exposed": False,
        "verdicts": frozenset(),
        "text": "",
    }
    assert {rule.id for rule in applying(ItemFacts(**{**base, **facts}))} == expected
