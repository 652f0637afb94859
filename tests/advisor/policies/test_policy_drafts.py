"""Drafts, what a client's own text lacks, word differences, a model's wording, and rules on items."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import proposals
from advisor.llm.interface import BudgetError, ModelFailedError
from advisor.policies.adopt import adopt_document, topic_of
from advisor.policies.diff import text_changes, word_spans
from advisor.policies.draft import Wanted, draft_policy
from advisor.policies.framework_change import compare, propose_for_framework
from advisor.policies.propose import propose_by_hand
from advisor.policies.requirements import resolve
from advisor.policies.reviews import propose_reviews
from advisor.policies.templates.library import topics
from advisor.policies.wording import Rewording, fault_of
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.frameworks.catalogue import shipped
from knowledge.frameworks.loader import Pack, load_pack
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.records.document import Document
from knowledge.records.framework import Framework, Requirement
from knowledge.records.policy import PolicyClause, PolicyVersion

PHISHING = {"sign-in-weakness", "people-deceived"}
WORDS = st.text(alphabet="ab .,\n", max_size=40)


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_spans_make_up_both_texts(old: str, new: str) -> None:
    spans = word_spans(old, new)
    assert "".join(span.text for span in spans if span.kind != "ins") == old
    assert "".join(span.text for span in spans if span.kind != "del") == new


def test_a_few_words_are_a_few_words() -> None:
    spans = word_spans(
        "The desk disables the account within 24 hours of notice.",
        "The desk disables the directory account within 4 hours of notice.",
    )
    assert [(span.kind, span.text) for span in spans if span.kind != "same"] == [
        ("ins", "directory "),
        ("del", "24"),
        ("ins", "4"),
    ]


def test_a_new_policy_is_a_proposal_with_its_coverage(
    places: Places, client: Client, place: ClientPlace, now: datetime
) -> None:
    drafted = draft_policy(places, client.id, Wanted("access-control"), now)
    assert drafted.proposal is not None
    assert drafted.proposal.payload is not None
    assert {row.requirement.partition(":")[0] for row in drafted.coverage} == set(client.frameworks)
    assert all(row.state in ("met", "partly") for row in drafted.coverage)
    assert "{{" not in drafted.proposal.payload.canonical()
    with place.read() as unit:
        assert unit.policies.list() == ()
    version = proposals.accept(place, drafted.proposal.id, now, client).version
    assert version is not None
    assert (version.status, version.number) == ("draft", 1)
    with pytest.raises(ConflictError, match="was accepted by tester already"):
        proposals.accept(place, drafted.proposal.id, now, client)


def test_every_topic_can_be_drafted(places: Places, client: Client, now: datetime) -> None:
    assert len(topics()) >= 22
    for topic in topics():
        drafted = draft_policy(places, client.id, Wanted(topic), now)
        assert drafted.proposal is not None, topic


def test_unknown_requirements_name_near_ones(places: Places, client: Client, now: datetime) -> None:
    with pytest.raises(NotFoundError, match=r"no requirement of CSF 2.0") as caught:
        draft_policy(places, client.id, Wanted("access-control", ("csf:PR.AA-99",)), now)
    assert "PR.AA-05" in caught.value.hint
    with pytest.raises(UsageError, match="has no clause for"):
        draft_policy(places, client.id, Wanted("access-control", ("csf:RC.CO-04",)), now)
    with pytest.raises(NotFoundError, match="no such framework"):
        resolve("iso-99999:A.1", shipped())


def test_a_document_of_that_title_is_taken_in_first(
    places: Places, client: Client, document: Document, now: datetime
) -> None:
    with pytest.raises(ConflictError, match="no policy here yet"):
        draft_policy(places, client.id, Wanted("vendor-risk"), now)
    assert draft_policy(places, client.id, Wanted("vendor-risk", beside=True), now).proposal is not None


def test_what_the_clients_text_lacks_is_added_and_its_words_stay(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    drafted = draft_policy(places, client.id, Wanted("vendor-risk", ("csf:GV.SC-06", "csf:GV.SC-08")), now)
    assert drafted.proposal is not None
    assert [row.requirement for row in drafted.coverage] == ["nist-csf-2.0:GV.SC-06", "nist-csf-2.0:GV.SC-08"]
    for hunk in drafted.proposal.hunks:
        assert hunk.kind in ("insert", "replace")
        assert hunk.new.startswith(hunk.old)
        assert hunk.reason
        assert any(one.passage_id.startswith("req:") for one in hunk.citations)
        assert set(hunk.requirements) | set(hunk.partly)
        assert "the practice manager" in " ".join(h.new for h in drafted.proposal.hunks)
    numbered = [h.clause_number for h in drafted.proposal.hunks if h.kind == "insert" and h.section == "s3"]
    assert numbered == sorted(numbered)
    version = proposals.accept(place, drafted.proposal.id, now, client).version
    assert version is not None
    for clause in adopted.text.clauses:
        found = version.text.clause(clause.id)
        assert found is not None
        assert found.text.startswith(clause.text)
    kinds = {change.kind for change in text_changes(adopted.text, version.text)}
    assert kinds <= {"insert", "replace"}


def test_hunks_are_decided_one_by_one(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    drafted = draft_policy(places, client.id, Wanted("vendor-risk"), now)
    assert drafted.proposal is not None
    hunks = drafted.proposal.hunks
    assert len(hunks) > 3
    first = proposals.accept(place, drafted.proposal.id, now, client, hunks=[1], edits={1: "Our own words."})
    assert first.proposal.status == "open"
    assert first.version is not None
    assert first.version.text.clause(hunks[0].clause) is not None
    assert "Our own words." in {clause.text for clause in first.version.text.clauses}
    with pytest.raises(UsageError, match="needs a reason"):
        proposals.reject(place, drafted.proposal.id, now, reason=" ", hunks=[2])
    with pytest.raises(NotFoundError, match="has no hunk 99"):
        proposals.reject(place, drafted.proposal.id, now, reason="no", hunks=[99])
    done = proposals.reject(place, drafted.proposal.id, now, reason="covered by the contract")
    assert (done.proposal.status, done.proposal.decision_reason) == ("partly accepted", "covered by the contract")
    assert done.version is None
    assert {hunk.status for hunk in done.proposal.hunks[1:]} == {"rejected"}


def test_a_hunk_against_words_that_changed_is_refused(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    both = [
        propose_by_hand(places, client.id, adopted.policy_id, now, clause="2.1", text=words, reason="clearer")
        for words in ("2.1 Accounts. One each.", "2.1 Accounts. Named ones.")
    ]
    proposals.accept(place, both[0].id, now, client)
    with pytest.raises(ConflictError, match="changed since the proposal was made"):
        proposals.accept(place, both[1].id, now, client)
    with place.read() as unit:
        assert unit.proposals.get(both[1].id).status == "open"


class Model:
    """Says what it was given to say."""

    name = "fake:model"
    local = True

    def __init__(self, *says: str | Exception) -> None:
        self.says = list(says)

    def room(self, prompt: Any) -> int:
        return 4_000

    def propose(self, schema: Any, prompt: Any, variables: Any, *, now: datetime, on_text: Any = None) -> Any:
        said = self.says.pop(0) if self.says else ModelFailedError("has nothing to say")
        if isinstance(said, Exception):
            raise said
        run = type("Run", (), {"prompt": "policy-clause@1:0"})()
        return type("Proposed", (), {"value": Rewording(text=said), "run": run})()


CLAUSE = PolicyClause(
    id="leavers",
    heading="Leavers",
    text="The service desk disables the account of a leaver within 15 minutes. Shared accounts are not allowed.",
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The service desk disables a leaver's account within 15 minutes. Shared accounts are not allowed.", ""),
        (
            "The desk disables a leaver's account within 30 minutes. Shared accounts are not allowed.",
            "leaves out",
        ),
        ("The service desk disables a leaver's account within 15 minutes. Shared accounts are allowed.", "says no"),
        ("Approved by Dana. The desk disables a leaver's account within 15 minutes. No shared accounts.", "approval"),
        ("Okta disables a leaver's account within 15 minutes, says ACME-7. Shared accounts are not allowed.", "names"),
        ("Disable it within 15 minutes.", "shorter"),
        (
            "The desk disables a leaver's account within 15 minutes (AC-99). Shared accounts are not allowed.",
            "AC-99",
        ),
    ],
)
def test_a_wording_that_says_another_thing_is_dropped(text: str, fault: str) -> None:
    found = fault_of(text, CLAUSE, "", shipped())
    assert bool(found) == bool(fault), found
    assert fault in found


def test_a_model_rewords_what_passes_and_the_rest_stays(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    plain = draft_policy(places, client.id, Wanted("vendor-risk", ("csf:GV.SC-06",)), now).proposal
    assert plain is not None
    fresh = [hunk for hunk in plain.hunks if hunk.kind == "insert"]
    assert fresh
    lead, _, rest = fresh[0].new.partition(". ")
    words = rest.replace(" and ", " and also ", 1)
    assert words != rest
    bad = "This policy is approved by the board."
    wanted = Wanted("vendor-risk", ("csf:GV.SC-06",))
    model = Model(words, *[bad for _ in fresh[1:]])
    worded = draft_policy(places, client.id, wanted, now, model=model).proposal
    assert worded is not None
    by_clause = {hunk.clause: hunk for hunk in worded.hunks}
    first = by_clause[fresh[0].clause]
    assert (first.wording, first.new) == ("model", f"{lead}. {words}")
    assert (worded.model, worded.prompt) == ("fake:model", "policy-clause@1:0")
    for hunk in fresh[1:]:
        other = by_clause[hunk.clause]
        assert (other.wording, other.new) == ("template", hunk.new)
        assert "dropped" in other.note


def test_a_cap_ends_the_wording_and_not_the_draft(places: Places, client: Client, now: datetime) -> None:
    drafted = draft_policy(
        places, client.id, Wanted("backup"), now, model=Model(BudgetError("the day's calls are used up"))
    )
    assert drafted.proposal is not None
    assert drafted.proposal.model == ""
    assert any("used up" in said for said in drafted.proposal.assumptions)


def test_a_review_that_is_due_is_proposed_and_moves_on(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    assert propose_reviews(places, client.id, now) == ()
    later = datetime(2027, 8, 8, 15, tzinfo=now.tzinfo)
    found = propose_reviews(places, client.id, later)
    assert [one.trigger.kind for one in found] == ["review date"]
    assert found == propose_reviews(places, client.id, later)
    with place.write() as unit:
        bare = found[0].model_copy(update={"id": "P-9", "hunks": (), "status": "open"})
        unit.proposals.add(bare)
    proposals.accept(place, "P-9", later, client)
    with place.read() as unit:
        assert unit.policies.get(adopted.policy_id).next_review_on == date(2028, 8, 8)


def pack(framework_id: str, rows: dict[str, tuple[str, str]], now: datetime) -> Pack:
    """An imported framework."""
    head = Framework(
        id=framework_id,
        urn=f"urn:{framework_id}",
        title=framework_id,
        short=framework_id,
        licence="invented",
        text_depth="full",
        retrieved=now.date(),
        imported_at=now,
    )
    made = tuple(
        Requirement(id=i, kind="requirement", assessable=True, title=title, statement=text)
        for i, (title, text) in rows.items()
    )
    return Pack(head, made)


def test_a_frameworks_new_version_proposes_what_is_new(
    places: Places, client: Client, place: ClientPlace, adopted: PolicyVersion, now: datetime
) -> None:
    old = pack("terms-2025", {"T-1": ("Vendors", "Vendors have accounts of their own.")}, now)
    new = pack(
        "terms-2026",
        {
            "T-1": ("Vendors", "Vendors have accounts of their own. Their remote tools are listed every 6 months."),
            "T-2": ("End of a contract", "When the contract of a vendor ends its access ends the same day."),
            "T-3": ("Bees", "Bees are counted."),
        },
        now,
    )
    assert [(one.row.id, one.more) for one in compare(old, new)] == [
        ("T-1", ("Their remote tools are listed every 6 months.",)),
        ("T-2", ("When the contract of a vendor ends its access ends the same day.",)),
        ("T-3", ("Bees are counted.",)),
    ]
    assert compare(new, new) == ()
    with place.write() as unit:
        for one in (old, new):
            unit.frameworks.put(one.framework, one.requirements)
    found = propose_for_framework(places, client.id, "terms-2026", now, since="terms-2025")
    assert (found.added, found.changed) == (2, 1)
    assert any("T-3 Bees: no policy of the client speaks of it" in line for line in found.lines)
    (proposal,) = found.proposals
    assert proposal.trigger.kind == "framework change"
    quotes = [one.quote for hunk in proposal.hunks for one in hunk.citations]
    assert "Their remote tools are listed every 6 months." in quotes
    assert found.proposals == propose_for_framework(places, client.id, "terms-2026", now, since="terms-2025").proposals
    with pytest.raises(UsageError, match="not known what came before"):
        propose_for_framework(places, client.id, "terms-2026", now)
    with pytest.raises(UsageError, match="another framework"):
        propose_for_framework(places, client.id, "nist-sp-800-53-r5", now, since="terms-2025")
    assert load_pack("nist-csf-2.0").assessable


def test_of_nothing_new_nothing_is_proposed(places: Places, client: Client, now: datetime) -> None:
    drafted: Callable[[], Any] = lambda: draft_policy(places, client.id, Wanted("backup"), now)  # noqa: E731
    first = drafted().proposal
    with places.client(client.id) as place:
        proposals.accept(place, first.id, now, client)
    assert drafted().proposal is None


def test_the_topic_of_a_document_is_that_of_its_title() -> None:
    assert topic_of("Vendor Risk Policy") == "vendor-risk"
    assert topic_of("Acceptable Use Policy (staff)") == "acceptable-use"
    with pytest.raises(NotFoundError, match="no topic of the policy set"):
        topic_of("Canteen menu")


def test_a_document_is_taken_in_once(
    places: Places, client: Client, document: Document, adopted: PolicyVersion
) -> None:
    with pytest.raises(ConflictError, match="is the policy vendor-risk already"):
        adopt_document(places, client.id, document, "vendor-risk", adopted.created_at)
