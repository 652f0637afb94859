"""A client's way to the model: what may leave, under which names, how much, and what is kept of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import pytest
from pydantic import BaseModel

from advisor.llm.fake import FakeChat
from advisor.llm.interface import AskedModel, BudgetError, ModelFailedError, ModelForbiddenError, NoModelError
from advisor.llm.prompts import parse_prompt
from advisor.llm.session import open_client_model
from advisor.llm.spotlight import DataBlock
from knowledge.clients import add_client
from knowledge.errors import ModelError, SettingsError
from knowledge.places import Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client, ModelPolicy
from knowledge.records.model import DayUse, ModelRun

PROMPT = parse_prompt(
    "---\nname: trial\nversion: 3\ninputs: [question]\ndata: [passages]\n---\n"
    "# System\nAnswer.\n# User\n$passages\n$question"
)
ELSEWHERE = "openai:gpt-x"


class Said(BaseModel):
    quote: str
    claim: str


class Open(Protocol):
    def __call__(self, model: Any, *, spec: str = ..., policy: ModelPolicy = ..., **values: Any) -> AskedModel: ...


@pytest.fixture
def opened(places: Places, now: datetime) -> Iterator[Open]:
    """Opens a model for a clinic that has a firewall, a person and a supplier."""
    client = Client(id="northgate", ref="c-0123456789ab", name="Northgate Family Clinic", created_at=now)
    add_client(places, client, now)
    with ExitStack() as stack:
        place = stack.enter_context(places.client("northgate"))
        with place.write() as unit:
            unit.assets.put(
                [Asset(id="FW-01", name="Edge", host="fw-01.northgate.example", owner="Dana Ruiz", updated_at=now)]
            )
            unit.third_parties.put(
                [ThirdParty(id="b", name="Brightline IT", contact="Jo Ekholm, +1 312 555 0142", updated_at=now)]
            )

        def open_it(model: Any, *, spec: str = "fake:", policy: ModelPolicy = "any", **values: Any) -> AskedModel:
            settings = places._settings.model_copy(update={"model": spec, **values})
            return open_client_model(place, client.model_copy(update={"model_policy": policy}), settings, model=model)

        yield open_it


def runs(places: Places) -> tuple[ModelRun, ...]:
    with places.client("northgate") as place, place.read() as unit:
        return unit.model_usage.list()


def values(text: str = "Leavers lose access.") -> dict[str, Any]:
    return {
        "question": "What about Northgate's leavers?",
        "passages": [DataBlock("P1", "Policy", (text,), numbered=True)],
    }


@pytest.mark.parametrize(
    ("policy", "spec", "allowed"),
    [
        ("none", "fake:", False),
        ("none", ELSEWHERE, False),
        ("local-only", "fake:", True),
        ("local-only", ELSEWHERE, False),
        ("local-only", "ollama:gpt-oss:120b-cloud", False),
        ("any", "fake:", True),
        ("any", ELSEWHERE, True),
    ],
)
def test_the_clients_policy_decides(opened: Open, policy: ModelPolicy, spec: str, allowed: bool) -> None:
    if allowed:
        assert opened(FakeChat(), spec=spec, policy=policy).name == spec
        return
    model = FakeChat()
    with pytest.raises(ModelForbiddenError, match="northgate") as caught:
        opened(model, spec=spec, policy=policy)
    assert "--model-policy" in caught.value.hint
    assert not model.asked


def test_no_model_is_one_of_the_family_that_callers_catch(opened: Open) -> None:
    with pytest.raises(ModelError) as caught:
        opened(FakeChat(), spec="")
    assert isinstance(caught.value, NoModelError)


def test_names_leave_as_placeholders_and_come_back(opened: Open, now: datetime, places: Places) -> None:
    text = "Dana Ruiz of North\u200bgate Family Clinic watches FW-01 (10.1.2.3) with Brightline IT."

    class Echo(FakeChat):
        def reply(self, turn: int, prompt: str, form: dict[str, Any] | None) -> str:
            line = next(line for line in prompt.splitlines() if "| P1.1 " in line).partition("P1.1 ")[2]
            return json.dumps({"quote": line, "claim": f"HOST-2BCD: {line.split()[0]}'s word."})

    model = Echo()
    found = opened(model, spec=ELSEWHERE).propose(Said, PROMPT, values(text), now=now)
    sent = json.dumps(model.asked)
    for name in ("Dana", "Ruiz", "orthgate", "FW-01", "10.1.2.3"):
        assert name not in sent
    assert "Brightline IT" in sent
    assert found.value.quote == text.replace("\u200b", "")
    assert found.value.claim == "HOST-2BCD: Dana Ruiz's word."
    (run,) = runs(places)
    assert run == found.run
    assert (run.local, run.redacted, run.outcome, run.day) == (False, 5, "done", date(2026, 8, 7))
    assert run.prompt == PROMPT.label
    assert run.model == ELSEWHERE


def test_a_name_across_a_wrapped_line_is_hidden(opened: Open, now: datetime) -> None:
    model = FakeChat()
    block = DataBlock("P1", "Northgate Family Clinic", ("run by Northgate Family", "Clinic since 2010"))
    opened(model, spec=ELSEWHERE).propose(Said, PROMPT, {"question": "q", "passages": block}, now=now)
    assert "Clinic" not in json.dumps(model.asked)


def test_a_model_on_this_machine_sees_the_names(opened: Open, now: datetime, places: Places) -> None:
    model = FakeChat()
    opened(model, policy="local-only").propose(Said, PROMPT, values("Ask Dana Ruiz."), now=now)
    assert "Dana Ruiz" in json.dumps(model.asked)
    assert runs(places)[0].local
    assert runs(places)[0].redacted == 0


def test_no_text_is_kept_with_the_run(opened: Open, now: datetime, places: Places) -> None:
    opened(FakeChat()).propose(Said, PROMPT, values("canary-4711"), now=now)
    assert "canary-4711" not in runs(places)[0].model_dump_json()


def test_the_cap_is_kept_by_the_clients_day(opened: Open, now: datetime, places: Places) -> None:
    model = FakeChat()
    asked = opened(model, model_calls_per_day=2)
    for _ in range(2):
        asked.propose(Said, PROMPT, values(), now=now)
    with pytest.raises(BudgetError, match="the day's 2 calls") as caught:
        asked.propose(Said, PROMPT, values(), now=now)
    assert "without the model" in caught.value.hint
    assert len(model.asked) == len(runs(places)) == 2
    asked.propose(Said, PROMPT, values(), now=now + timedelta(days=1))


def test_tokens_are_reserved_before_the_call(opened: Open, now: datetime, places: Places) -> None:
    seen: list[DayUse] = []

    class Looking(FakeChat):
        def reply(self, turn: int, prompt: str, form: dict[str, Any] | None) -> str:
            with places.client("northgate") as place, place.read() as unit:
                seen.append(unit.model_usage.of_day(now.date()))
            return super().reply(turn, prompt, form)

    run = opened(Looking()).propose(Said, PROMPT, values(), now=now).run
    assert seen[0].calls == 1
    assert seen[0].tokens > 1_024 > run.input_tokens + run.output_tokens
    with pytest.raises(BudgetError, match="may need"):
        opened(FakeChat(), model_tokens_per_day=1_000).propose(Said, PROMPT, values(), now=now)


def test_threads_cannot_pass_the_cap_together(opened: Open, now: datetime, places: Places) -> None:
    asked = opened(FakeChat(), model_calls_per_day=3)
    refused: list[BudgetError] = []

    def work() -> None:
        try:
            asked.propose(Said, PROMPT, values(), now=now)
        except BudgetError as error:
            refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    assert len(runs(places)) == 3


def test_cost_is_counted_by_the_prices(opened: Open, now: datetime, places: Places) -> None:
    prices = {"model_price_input": 1_000.0, "model_price_output": 10.0, "model_cost_per_day": 0.5}
    asked = opened(FakeChat(), spec=ELSEWHERE, **prices)
    run = asked.propose(Said, PROMPT, values(), now=now).run
    assert run.cost_usd == pytest.approx(run.input_tokens * 1e-3 + run.output_tokens * 1e-5)
    with pytest.raises(BudgetError, match="for language models are used"):
        for _ in range(10):
            asked.propose(Said, PROMPT, values(), now=now)
    assert sum(run.cost_usd for run in runs(places)) <= 0.5
    with pytest.raises(SettingsError, match="prices"):
        opened(FakeChat(), spec=ELSEWHERE, model_cost_per_day=0.5)


def test_a_failure_is_kept_and_counted_too(opened: Open, now: datetime, places: Places) -> None:
    with pytest.raises(ModelFailedError, match="replied twice"):
        opened(FakeChat(script=("x", "y"))).propose(Said, PROMPT, values(), now=now)
    (run,) = runs(places)
    assert (run.outcome, run.attempts) == ("failed", 2)
    assert run.input_tokens > 0


def test_a_call_that_was_killed_counts_with_what_it_may_have_used(opened: Open, now: datetime, places: Places) -> None:
    class Killed(FakeChat):
        def reply(self, turn: int, prompt: str, form: dict[str, Any] | None) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened(Killed()).propose(Said, PROMPT, values(), now=now)
    (run,) = runs(places)
    assert run.outcome == "started"
    assert run.output_tokens == 1_024


def test_what_does_not_fit_is_refused_before_it_is_cut(opened: Open, now: datetime, places: Places) -> None:
    model = FakeChat()
    asked = opened(model)
    room = asked.room(PROMPT)
    assert 5_000 < room < 8_192 - 1_024
    asked.propose(Said, PROMPT, values("x" * int(room * 2.7)), now=now)
    with pytest.raises(ModelFailedError, match="may need"):
        asked.propose(Said, PROMPT, values("x" * room * 3), now=now)
    assert len(runs(places)) == 1


def test_one_clients_use_is_not_anothers(opened: Open, now: datetime, places: Places) -> None:
    other = Client(id="acme", ref="c-ffffffffffff", name="Acme", created_at=now)
    add_client(places, other, now)
    opened(FakeChat()).propose(Said, PROMPT, values(), now=now)
    with places.client("acme") as place, place.read() as unit:
        assert unit.model_usage.of_day(now.date()) == DayUse()
