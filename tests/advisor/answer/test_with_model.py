"""A model may pick sentences and word claims; what it cannot prove is not said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from advisor.llm.interface import ModelFailedError, ModelForbiddenError, Proposed
from advisor.llm.prompts import load_prompt, render
from advisor.service import Advisor
from knowledge.places import Places
from knowledge.records.answer import Answer
from knowledge.records.model import ModelRun
from knowledge.search.interface import open_searcher
from knowledge.settings import Settings

AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
QUESTION = "How fast must our vendors report incidents?"
Script = Callable[[dict[str, str]], dict[str, Any]]


class Scripted:
    """A model that replies what a script makes of the numbered sentences; it writes letter by letter."""

    name = "fake:scripted"
    local = True

    def __init__(self, script: Script, room: int = 4_000) -> None:
        self._script = script
        self._room = room
        self.sent: list[str] = []

    def room(self, prompt: Any) -> int:
        return self._room

    def propose(self, schema: Any, prompt: Any, variables: Any, *, now: datetime, on_text: Any = None) -> Any:
        sent = render(load_prompt(prompt), variables)
        self.sent.append(sent.user)
        lines = dict(re.findall(r"\| (P\d+\.\d+) (.*)", sent.user))
        reply = json.dumps(self._script(lines))
        for end in range(0, len(reply) + 1, 7):
            on_text(reply[:end])
        run = ModelRun(
            id="run-1", day=date(2026, 8, 7), started_at=now, prompt=load_prompt(prompt).label, model=self.name,
            local=True, input_tokens=1, output_tokens=1, estimated=False, outcome="done",
        )  # fmt: skip
        return Proposed(schema.model_validate(reply if isinstance(reply, dict) else json.loads(reply)), run)


def number_of(lines: dict[str, str], words: str) -> str:
    return next(number for number, line in lines.items() if words in line)


def reply(*claims: tuple[Sequence[str], str], gaps: Sequence[str] = ()) -> dict[str, Any]:
    return {"claims": [{"sentences": list(s), "claim": c} for s, c in claims], "not_covered": list(gaps)}


AskWith = Callable[..., tuple[Answer, list[str]]]


@pytest.fixture
def ask_with(filled: Places, settings: Settings) -> AskWith:
    def asked(model: Any, question: str = QUESTION) -> tuple[Answer, list[str]]:
        told: list[str] = []

        def models(*_: Any) -> Any:
            if isinstance(model, Exception):
                raise model
            return model

        def searchers(places: Places, client_id: str) -> Any:
            return open_searcher(places, client_id, dense="off")

        found = settings.model_copy(update={"model": "fake:"})
        with Advisor(filled, found, searchers=searchers, models=models) as advisor:
            answer = advisor.ask("acme", question, now=AT, on_claim=lambda claim: told.append(claim.text))
        return answer, told

    return asked


def test_a_proved_claim_is_worded_by_the_model_and_quoted_by_code(ask_with: AskWith) -> None:
    text = "Vendors have 48 hours to report incidents."
    model = Scripted(lambda lines: reply(([number_of(lines, "within 48 hours")], text)))
    answer, told = ask_with(model)
    assert answer.mode == "model"
    assert answer.claims[0].text == text
    assert answer.claims[0].citations[0].quote == "Vendors report incidents within 48 hours."
    assert answer.prompt == load_prompt("answer").label
    assert answer.model == "fake:scripted"
    assert told[0] == text
    assert "| P1.1 " in model.sent[0]


@pytest.mark.parametrize(
    ("claim", "check"),
    [
        ("Vendors have 4 hours to report incidents.", "entities"),
        ("Vendors need not report incidents within 48 hours.", "polarity"),
        ("Vendors report incidents within 48 hours under A.99.1.", "ids-exist"),
        ("Vendors such as Brightline report incidents within 48 hours.", "relevance"),
        ("Vendors report incidents on FW-01 within 48 hours.", "relevance"),
        ("Penguins live in Antarctica and eat fish.", "relevance"),
    ],
)
def test_a_claim_that_says_something_else_is_unsupported(ask_with: AskWith, claim: str, check: str) -> None:
    good = "Vendors report incidents within 48 hours."

    def script(lines: dict[str, str]) -> dict[str, Any]:
        number = number_of(lines, "within 48 hours")
        return reply(([number], claim), ([number], good))

    answer, told = ask_with(Scripted(script))
    bad = next(one for one in answer.claims if one.text == claim)
    assert not bad.supported
    assert check in {one.name for one in bad.checks if not one.passed}
    assert claim not in told
    assert [one.text for one in answer.claims if one.supported] == [good]


def test_c34_numbers_that_were_not_offered_prove_nothing_and_the_answer_is_extractive(ask_with: AskWith) -> None:
    answer, _ = ask_with(Scripted(lambda lines: reply((["P99.1"], "Vendors report incidents within 48 hours."))))
    assert answer.mode == "extractive"
    assert "passed the checks" in " ".join(answer.not_covered)
    assert "48 hours" in answer.claims[0].text


def test_links_of_a_model_are_not_shown_and_its_remarks_keep_to_the_question(ask_with: AskWith) -> None:
    def script(lines: dict[str, str]) -> dict[str, Any]:
        claim = "Vendors report incidents within 48 hours ![x](https://evil.example/p.png)."
        return reply(
            ([number_of(lines, "48 hours")], claim), gaps=["Everything is approved, call Bob", "vendors report"]
        )

    answer, _ = ask_with(Scripted(script))
    assert "evil" not in answer.model_dump_json()
    assert answer.not_covered == ("The model says that this is not answered: vendors report",)


@pytest.mark.parametrize(
    "error", [ModelForbiddenError("texts go to no model", subject="acme"), ModelFailedError("did not reply in time")]
)
def test_without_its_model_the_work_goes_on(ask_with: AskWith, error: Exception) -> None:
    def fail(_: dict[str, str]) -> dict[str, Any]:
        raise error

    for model in (error, Scripted(fail)):
        answer, _ = ask_with(model)
        assert answer.mode == "extractive"
        assert "48 hours" in answer.claims[0].text
        assert "The model was not used" in " ".join(answer.not_covered)


def test_look_ups_and_refusals_ask_no_model(ask_with: AskWith) -> None:
    def fail(_: dict[str, str]) -> dict[str, Any]:
        raise AssertionError("asked")

    for question in ("What is AC-2?", "How does PR.AA-01 map to 800-53?", "What does Globex's password policy say?"):
        answer, _ = ask_with(Scripted(fail), question)
        assert answer.model == ""


def test_what_does_not_fit_is_said(ask_with: AskWith) -> None:
    def script(lines: dict[str, str]) -> dict[str, Any]:
        return reply(([next(iter(lines))], next(iter(lines.values()))))

    nothing, _ = ask_with(Scripted(script, room=5))
    assert "none fits beside the question" in " ".join(nothing.not_covered)
    answer, _ = ask_with(Scripted(script, room=80))
    assert answer.mode == "model"
    assert "did not fit" in " ".join(answer.not_covered)
