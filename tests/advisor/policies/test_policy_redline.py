"""The plan of a redline, and what a returned document decides."""

from __future__ import annotations

from datetime import datetime

import pytest

from advisor import proposals
from advisor.policies.diff import Span, text_changes, word_spans
from advisor.policies.draft import Wanted, draft_policy
from advisor.policies.propose import propose_by_hand
from advisor.policies.redline import mark_of, read_decisions, redline_plan
from knowledge.errors import UsageError
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.records.document import DocumentPart
from knowledge.records.policy import PolicyVersion
from knowledge.records.proposal import Proposal
from knowledge.records.redline import ReturnedDocument, ReturnedParagraph
from ui.render.redline import changes_html, spans_html, spans_plain

Parts = tuple[DocumentPart, ...]


@pytest.fixture
def parts(place: ClientPlace, adopted: PolicyVersion) -> Parts:
    with place.read() as unit:
        return unit.documents.parts("d-0123456789ab")


@pytest.fixture
def proposal(places: Places, client: Client, adopted: PolicyVersion, now: datetime) -> Proposal:
    found = draft_policy(places, client.id, Wanted("vendor-risk"), now).proposal
    assert found is not None
    return found


def test_each_open_hunk_becomes_one_edit_at_its_place(proposal: Proposal, adopted: PolicyVersion, parts: Parts) -> None:
    edits, lost = redline_plan(proposal, adopted.text, parts)
    assert lost == ()
    assert sorted(edit.hunk for edit in edits) == [hunk.number for hunk in proposal.hunks]
    assert [edit.seq for edit in edits if edit.kind == "insert"] == sorted(e.seq for e in edits if e.kind == "insert")
    written = {part.seq: part.text for part in parts}
    for edit in edits:
        hunk = proposal.hunks[edit.hunk - 1]
        assert hunk.reason in edit.comment
        assert all(one.quote in edit.comment for one in hunk.citations)
        if edit.kind == "replace":
            assert edit.text == written[edit.seq]
            assert "".join(span.text for span in edit.spans if span.kind != "del") == hunk.new
        else:
            assert edit.new == hunk.new
            assert edit.new.startswith(edit.lead)
    made = {edit.heading for edit in edits if edit.heading}
    assert made == {hunk.section_heading for hunk in proposal.hunks} - {
        section.heading for section in adopted.text.sections
    }


def test_what_was_accepted_before_is_shown_without_a_comment(
    places: Places, place: ClientPlace, client: Client, adopted: PolicyVersion, parts: Parts, now: datetime
) -> None:
    words = "2.1 Accounts. Each person of a vendor has one account, in their own name."
    first = propose_by_hand(places, client.id, adopted.policy_id, now, clause="2.1", text=words, reason="clearer")
    version = proposals.accept(place, first.id, now, client).version
    assert version is not None
    second = propose_by_hand(places, client.id, adopted.policy_id, now, clause="3.2", text="", reason="not needed")
    edits, _ = redline_plan(second, version.text, parts)
    assert [(edit.hunk, edit.kind, bool(edit.comment)) for edit in edits] == [
        (0, "replace", False),
        (1, "delete", True),
    ]
    with pytest.raises(UsageError, match="no open hunk"):
        redline_plan(proposals.reject(place, second.id, now, reason="kept").proposal, version.text, parts)


def returned(*paragraphs: tuple[str, str, bool]) -> ReturnedDocument:
    return ReturnedDocument(
        paragraphs=tuple(
            ReturnedParagraph(marks=(mark,) if mark else (), text=text, waiting=waiting)
            for mark, text, waiting in paragraphs
        )
    )


OLD = "2.1 Accounts. Each person of a vendor has an account of their own."
NEW = "2.1 Accounts. Each person of a vendor has one account, in their own name."


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        (("m", NEW, False), "accepted"),
        (("m", OLD, False), "rejected"),
        (("m", NEW, True), "waiting"),
        (("m", "2.1 Accounts. Named ones only.", False), "edited"),
        (("", NEW, False), "accepted"),
        (("", OLD, False), "rejected"),
        (("", "Something else.", False), "unclear"),
        (("m", "", False), "unclear"),
    ],
)
def test_a_changed_clause_is_read_from_what_stands_there(
    places: Places,
    client: Client,
    adopted: PolicyVersion,
    parts: Parts,
    now: datetime,
    paragraph: tuple[str, str, bool],
    said: str,
) -> None:
    proposal = propose_by_hand(places, client.id, adopted.policy_id, now, clause="2.1", text=NEW, reason="clearer")
    mark, text, waiting = paragraph
    name = f"_vciso_{mark_of(proposal)}_h1" if mark else ""
    found = read_decisions(proposal, adopted.text, parts, returned((name, text, waiting)))
    assert [one.said for one in found.readings] == [said]
    assert found.readings[0].text == (text if said == "edited" else "")


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [
        ((), "accepted"),
        (
            (("", "3.2 Changes. A vendor tells the practice manager 30 days ahead when it moves our data.", False),),
            "rejected",
        ),
        (
            (("m", "3.2 Changes. A vendor tells the practice manager 30 days ahead when it moves our data.", True),),
            "waiting",
        ),
        ((("m", "", False),), "accepted"),
    ],
)
def test_a_clause_that_goes(
    places: Places,
    client: Client,
    adopted: PolicyVersion,
    parts: Parts,
    now: datetime,
    paragraphs: tuple[tuple[str, str, bool], ...],
    said: str,
) -> None:
    proposal = propose_by_hand(places, client.id, adopted.policy_id, now, clause="3.2", text="", reason="not needed")
    name = f"_vciso_{mark_of(proposal)}_h1"
    document = returned(*((name if mark else "", text, waiting) for mark, text, waiting in paragraphs))
    assert [one.said for one in read_decisions(proposal, adopted.text, parts, document).readings] == [said]


def test_another_proposals_marks_do_not_count(
    places: Places, client: Client, adopted: PolicyVersion, parts: Parts, now: datetime
) -> None:
    proposal = propose_by_hand(places, client.id, adopted.policy_id, now, clause="2.1", text=NEW, reason="clearer")
    found = read_decisions(proposal, adopted.text, parts, returned(("_vciso_P_99_h1", NEW + " More.", False)))
    assert [one.said for one in found.readings] == ["unclear"]
    assert found.elsewhere == (NEW + " More.",)


def test_foreign_words_are_text_on_the_page(adopted: PolicyVersion) -> None:
    bad = '<script>alert(1)</script><img src="https://x.example/?q">'
    spans = (Span("same", "a "), Span("del", bad), Span("ins", bad))
    assert "<script>" not in spans_html(spans)
    assert "<img" not in spans_html(spans)
    assert spans_plain(word_spans("a b c d e", "a x c d e")) == "a [-b-]{+x+} c d e"
    section = adopted.text.sections[0]
    other = adopted.text.model_copy(
        update={"title": bad, "sections": (section.model_copy(update={"heading": bad}), *adopted.text.sections[1:])}
    )
    page = changes_html(bad, text_changes(adopted.text, other))
    assert "<script>" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
