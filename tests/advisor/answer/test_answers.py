"""Questions of every kind, answered without a model over a real search by words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from advisor.service import Advisor, new_conversation
from knowledge.errors import NotFoundError, UsageError
from knowledge.records.answer import Answer

Ask = Callable[..., Answer]
AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
CANARY = "KANARI-7731"


def texts(answer: Answer) -> str:
    return "\n".join(claim.text for claim in answer.claims if claim.supported)


def cited(answer: Answer) -> set[str]:
    used = {c.passage_id for claim in answer.claims if claim.supported for c in claim.citations}
    return {hit.passage.requirement_id for hit in answer.hits if hit.passage.id in used}


def test_an_id_is_looked_up(ask: Ask) -> None:
    answer = ask("What is AC-2?")
    assert answer.mode == "lookup"
    assert cited(answer) == {"AC-2"}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is A.99.1?", "no id of"),
        ("What does NERC CIP-007 require for patching?", "not among the frameworks here"),
        ("What is the capital of France?", "says enough"),
        ("Please tell me?", "names nothing to look for"),
    ],
)
def test_c36_what_is_not_here_is_not_answered(ask: Ask, question: str, words: str) -> None:
    answer = ask(question)
    assert answer.abstained
    assert words in " ".join(answer.not_covered)
    assert answer.searched.startswith("Searched 12 frameworks")


def test_a_technique_of_attack_is_looked_up(ask: Ask) -> None:
    found = ask("which controls help against T1110?")
    assert found.mode == "lookup"
    assert "AC-7" in found.claims[0].text
    assert found.not_covered == ()


def test_an_unknown_technique_is_paired_with_nothing(ask: Ask) -> None:
    found = ask("what covers T1999?")
    assert found.abstained
    assert "pair T1999 with nothing" in found.not_covered[0]


def test_a_crosswalk_comes_from_the_tables_only(ask: Ask) -> None:
    answer = ask("How does PR.AA-01 map to 800-53?")
    assert "AC-2" in texts(answer)
    assert all(hit.reasons[0].ranker in {"crosswalk", "id"} for hit in answer.hits)
    assert all("publisher" in c.quote for claim in answer.claims for c in claim.citations)


def test_pairs_that_no_table_has_are_denied(ask: Ask) -> None:
    answer = ask("Does PR.AA-01 map to PE-13?")
    assert answer.abstained
    assert "do not pair PR.AA-01 with PE-13" in " ".join(answer.not_covered)


def test_requirements_on_a_topic(ask: Ask) -> None:
    answer = ask("Which CSF 2.0 subcategories cover backups?")
    assert "PR.DS-11" in cited(answer)


def test_own_documents_are_quoted_with_their_place(ask: Ask) -> None:
    answer = ask("What does our policy say about sharing passwords by e-mail?")
    assert "Nobody shares passwords by e-mail." in texts(answer)
    assert "Backup Policy" in texts(answer)


def test_a_deadline_needs_a_figure(ask: Ask) -> None:
    assert "48 hours" in texts(ask("How fast must our vendors report incidents?"))
    assert ask("How often are our vendors' annexes renewed?").abstained


def test_c37_contradictions_are_cited_on_both_sides(ask: Ask) -> None:
    answer = ask("What is our RTO for the patient portal?")
    assert len(answer.conflicts) == 1
    assert "4 hours" in answer.conflicts[0]
    assert "8 hours" in answer.conflicts[0]
    assert "Backup Policy" in texts(answer)
    assert "Continuity Plan" in texts(answer)


def test_what_is_owed_names_requirements_and_what_the_documents_say(ask: Ask) -> None:
    answer = ask("What do we still owe under CSF 2.0 for security requirements in vendor contracts?")
    assert "GV.SC-05" in cited(answer)
    assert "security annex" in texts(answer)
    assert "No assessment is recorded" in " ".join(answer.not_covered)


def test_a_comparison_shows_both_sides(ask: Ask) -> None:
    assert cited(ask("Compare CP-9 and A.8.13")) == {"CP-9", "A.8.13"}


def test_c03_another_clients_documents_are_never_searched(ask: Ask) -> None:
    only_theirs = ask("What does Globex's password policy say?")
    assert only_theirs.abstained
    both = ask("What does our policy say about passwords? Also search Globex's documents.")
    assert "Only Acme Inc's documents" in both.not_covered[0]
    assert CANARY not in only_theirs.model_dump_json() + both.model_dump_json()
    assert CANARY in ask("What do our passwords say about the safe word?", client="globex").model_dump_json()


@pytest.mark.parametrize("client", ["", "ghost", "../acme"])
def test_no_client_is_an_error_and_never_all(ask: Ask, client: str) -> None:
    with pytest.raises(NotFoundError):
        ask("What is AC-2?", client=client)


@pytest.mark.parametrize("question", ["", "???", "x" * 2_001])
def test_questions_without_words_or_end_are_refused(ask: Ask, question: str) -> None:
    with pytest.raises(UsageError):
        ask(question)


@pytest.mark.parametrize(
    "question", ["{0} {passages} %s $question \\ what", "'; DROP TABLE answers; -- passwords", "ﷺ ̡͓̞ͅ passwords"]
)
def test_c40_odd_strings_are_only_questions(ask: Ask, question: str) -> None:
    assert ask(question).question == question


def test_claims_are_told_as_they_are_checked(ask: Ask) -> None:
    told: list[str] = []
    answer = ask("What is our RTO for the patient portal?", on_claim=lambda claim: told.append(claim.text))
    assert told == [claim.text for claim in answer.claims if claim.supported]


def test_an_answer_is_kept_and_replayed(ask: Ask, advisor: Advisor) -> None:
    answer = ask("What is our RTO for the patient portal?")
    replay = advisor.replay("acme", answer.id)
    assert replay.answer == answer
    assert replay.differences == ()
    with pytest.raises(NotFoundError):
        advisor.replay("globex", answer.id)


def test_a_tampered_answer_is_found_out(ask: Ask, advisor: Advisor) -> None:
    from advisor.answer.replay import replayed
    from knowledge.frameworks.catalogue import shipped

    answer = ask("How fast must our vendors report incidents?")
    claims = tuple(c.model_copy(update={"text": c.text.replace("48 hours", "4 hours")}) for c in answer.claims)
    found = replayed(answer.model_copy(update={"claims": claims}), shipped())
    assert "entities" in found.differences[0]


def test_a_follow_up_points_to_nobody_elses_documents_and_to_no_guess_that_failed(advisor: Advisor) -> None:
    conversation = new_conversation()

    def say(question: str) -> Answer:
        return advisor.chat("acme", conversation, question, now=AT).answer

    say("What is our RTO of the patient portal?")
    for elsewhere in ("What about Globex Inc's password policy?", "also search the documents of globex for passwords"):
        found = say(elsewhere)
        assert CANARY not in found.model_dump_json()
        assert "4 hours" not in texts(found)
    whole = say("and how long must passwords be?")
    assert whole.standalone_question == ""
    assert "at least 12 characters" in texts(whole)
    say("What is AC-99?")
    assert say("and AC-2?").standalone_question == "What is AC-2?"
    assert say("and AC-98?").abstained
    say("What is the RTO of the patient portal?")
    guessed = say("who painted that?")
    assert guessed.abstained
    assert "painted" in guessed.standalone_question
    again = say("and in CSF?").standalone_question
    assert "RTO" in again
    assert "painted" not in again


def test_what_was_taken_for_a_follow_up_may_be_a_question_of_its_own(advisor: Advisor) -> None:
    conversation = new_conversation()
    advisor.chat("acme", conversation, "What is the capital of Freedonia?", now=AT)
    found = advisor.chat("acme", conversation, "and the security annex of vendors", now=AT).answer
    assert not found.abstained
    assert "security annex" in texts(found)


def test_follow_ups_stand_alone(advisor: Advisor) -> None:
    conversation = new_conversation()

    def say(question: str) -> Answer:
        return advisor.chat("acme", conversation, question, now=AT).answer

    say("Which CSF 2.0 subcategories cover backups?")
    about = say("And what about passwords?")
    assert about.standalone_question == "Which CSF 2.0 subcategories cover passwords?"
    moved = say("and in 800-53?")
    assert "800-53" in moved.standalone_question
    assert "passwords" in moved.standalone_question
    say("What is PR.AA-01?")
    mapped = say("How does it map to 800-53?")
    assert "PR.AA-01" in mapped.standalone_question
    assert "AC-2" in texts(mapped)
    assert say("How fast must our vendors report incidents?").standalone_question == ""
    turns = advisor.conversation("acme", conversation)
    assert [turn.seq for turn in turns] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(NotFoundError):
        advisor.conversation("globex", conversation)
