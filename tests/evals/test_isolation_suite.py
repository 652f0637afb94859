"""The isolation suite: it fills every table, finds every function, sees a planted leak, and the product has none."""

from __future__ import annotations

from functools import wraps
from typing import Any

import pytest

from advisor.service import Advisor
from evals.functions import client_functions, place_functions
from evals.suites import isolation, isolation_fill
from evals.suites.isolation import _foreign, run
from evals.suites.isolation_attack import _leak
from evals.suites.isolation_fill import canaries, questions
from evals.tape import Tape
from knowledge.errors import NotFoundError


def test_words_and_questions_are_the_same_in_every_run() -> None:
    words = canaries()
    assert words == canaries()
    assert len(set(words.values())) == isolation_fill.COUNT == 20
    asked = questions(words, 500)
    assert asked == questions(words, 500)
    texts = [question for _, question in asked]
    assert len(set(texts)) < len(texts)  # the same words of several clients: a cache without the client would show


def test_functions_are_found_by_looking() -> None:
    names = {one.name for one in client_functions()}
    assert {"advisor.service.Advisor.ask", "knowledge.handover.export_client"} <= names
    assert {"advisor.notes.add_note", "ingest.documents.service.add_document"} <= set(place_functions())


def test_what_counts_as_a_leak() -> None:
    words = {"client-00": "KNRA", "client-01": "KNRB"}
    refused = NotFoundError("no such client", subject="client-99")
    assert _leak(NotFoundError("no such client", subject="client-01"), refused, "client-01", words) == ""
    assert "says" in _leak(NotFoundError("not yours", subject="client-01"), refused, "client-01", words)
    assert _leak(["rows"], refused, "client-01", words) == "was not refused"
    assert "word" in _leak(NotFoundError("KNRB"), refused, "client-01", words)
    assert "ended in" in _leak(ValueError("x"), refused, "client-01", words)
    assert _foreign("a", {"output": ["a", "b"], "log": []}) == {"foreign": ["output: b"], "own": True}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_c05_nothing_of_one_client_shows_at_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "QUICK_QUESTIONS", 40)
    tape = Tape()
    found = run(tape=tape, quick=True)
    metrics = found["metrics"]
    assert tape.errors == {}
    assert [case for case in found["cases"] if case.get("foreign") or case.get("leak")] == []
    for name in ("foreign_canaries", "functions_that_leak", "kinds_without_canary", "residue_after_removal"):
        assert metrics[name] == 0, name
    assert metrics["own_words_found"] >= 0.4
    assert metrics["functions_called"] >= 15
    assert metrics["functions_that_answered"] >= 5


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_answer_kept_without_its_client_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real, kept = Advisor.ask, {}

    @wraps(real)
    def ask(self: Advisor, client_id: str, question: str, **more: Any) -> Any:
        if question not in kept:
            kept[question] = real(self, client_id, question, **more)
        return kept[question]

    monkeypatch.setattr(Advisor, "ask", ask)
    monkeypatch.setattr(isolation, "QUICK_QUESTIONS", 60)
    assert run(quick=True)["metrics"]["foreign_canaries"] > 0
