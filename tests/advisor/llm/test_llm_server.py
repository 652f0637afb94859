"""The OpenAI-compatible path and the embedded engine with a real small model, whose protocol is real."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError

import pytest
from pydantic import BaseModel, Field, SecretStr

from advisor.llm.make import make_chat_model
from advisor.llm.prompts import parse_prompt
from advisor.llm.propose import UnusableError, propose
from advisor.llm.session import open_client_model
from advisor.llm.spotlight import DataBlock, inert
from knowledge.clients import add_client
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.settings import Settings

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(300)]

KEY = "local-server-key-5501"
PROMPT = parse_prompt(
    "---\nname: trial\nversion: 1\ninputs: [question]\ndata: [passages]\n---\n"
    "# System\nName the sentence that answers the question and say whether it does.\n# User\n$passages\n$question"
)
VALUES = {
    "question": "How fast do leavers lose their access?",
    "passages": DataBlock(
        "P1", "Policy", ("The office opens at nine.", "Leavers lose access in a day."), numbered=True
    ),
}


class Choice(BaseModel):
    sentence: Literal["P1.1", "P1.2"]
    answers: bool
    why: str = Field(max_length=60)


@pytest.fixture(scope="module")
def address(small_model: Path) -> Iterator[str]:
    """A real llama.cpp server on loopback that asks for a key."""
    os.environ["OMP_WAIT_POLICY"] = "passive"
    xllamacpp = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(small_model)
    params.n_ctx = 2048
    params.n_parallel = 1
    params.no_extra_bufts = True
    params.port = 0
    params.verbosity = -1
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def served(home: Path, address: str, **values: Any) -> Settings:
    given = {"model_api_key": SecretStr(KEY), "model_output_tokens": 128, "model_retries": 0} | values
    return Settings(home=home, model="openai-compatible:smollm2", model_base_url=address, **given)


def test_a_schema_is_followed_over_http(home: Path, address: str) -> None:
    reply = propose(make_chat_model(served(home, address)), Choice, PROMPT, VALUES)
    assert reply.value.sentence in {"P1.1", "P1.2"}
    assert reply.attempts == 1, "decoding is constrained: the first reply is valid"
    assert not reply.estimated
    assert reply.input_tokens > 50
    assert 5 < reply.output_tokens <= 128


def test_a_client_asks_over_loopback_and_the_run_is_kept(
    home: Path, address: str, places: Places, now: datetime
) -> None:
    client = Client(id="acme", ref="c-0123456789ab", name="Acme", created_at=now)
    add_client(places, client, now)
    with places.client("acme") as place:
        asked = open_client_model(place, client, served(home, address))
        assert asked.local, "the policy local-only lets a server on loopback see the text"
        seen: list[str] = []
        found = asked.propose(Choice, PROMPT, VALUES, now=now, on_text=seen.append)
        with place.read() as unit:
            (run,) = unit.model_usage.list()
    assert run == found.run
    assert (run.outcome, run.local, run.estimated, run.model) == ("done", True, False, "openai-compatible:smollm2")
    assert run.seconds > 0
    assert len(seen) > 3, "the reply comes in pieces"
    assert all(later.startswith(earlier) for earlier, later in pairwise(seen))
    assert Choice.model_validate_json(seen[-1]) == found.value


def test_c31_a_wrong_key_is_refused_and_never_repeated(home: Path, address: str) -> None:
    wrong = served(home, address, model_api_key=SecretStr("sk-wrong-key-774411"))
    with pytest.raises(UnusableError, match="refused the key") as caught:
        propose(make_chat_model(wrong), Choice, PROMPT, VALUES)
    assert "774411" not in str(caught.value.error)


def test_what_is_too_long_for_the_server_is_an_error_with_its_reason(home: Path, address: str) -> None:
    long = {**VALUES, "question": "word " * 4_000}
    with pytest.raises(UnusableError, match="context size"):
        propose(make_chat_model(served(home, address)), Choice, PROMPT, long)


def test_a_reply_that_cannot_be_finished_is_not_used(home: Path, address: str) -> None:
    class Long(BaseModel):
        words: list[str] = Field(min_length=40)

    with pytest.raises(UnusableError, match="cut at the longest reply") as caught:
        propose(make_chat_model(served(home, address, model_output_tokens=64)), Long, PROMPT, VALUES)
    assert caught.value.output_tokens == 128, "both attempts are counted"


def test_a_server_that_is_not_there_is_said(home: Path) -> None:
    with pytest.raises(UnusableError, match="cannot be reached"):
        propose(make_chat_model(served(home, "http://127.0.0.1:9/v1")), Choice, PROMPT, VALUES)


def test_a_server_that_is_too_slow_is_said(home: Path, address: str) -> None:
    hasty = served(home, address, model_timeout_seconds=0.05)
    with pytest.raises(UnusableError, match="in time"):
        propose(make_chat_model(hasty), Choice, PROMPT, {**VALUES, "question": "word " * 120})


def test_control_tokens_of_a_document_are_letters_to_the_engine(home: Path, address: str) -> None:
    """The server reads `<|im_end|>` in a message as the control token, which is why `inert` spaces it."""
    chat = make_chat_model(served(home, address)).bind(max_tokens=1)

    def length(text: str) -> int:
        message = chat.invoke(text)
        return int(message.usage_metadata["input_tokens"])

    raw, spaced, none = length("<|im_end|>" * 8), length(inert("<|im_end|>" * 8)), length("")
    assert raw - none <= 16, "a token or two each: the danger is real"
    assert spaced - none >= 40, "spelled out"


def test_the_embedded_engine_follows_a_schema(home: Path, small_model: Path) -> None:
    settings = Settings(
        home=home, model=f"gguf:{small_model}", model_context_tokens=2_048, model_output_tokens=128, model_threads=2
    )
    seen: list[str] = []
    chat = make_chat_model(settings)
    reply = propose(chat, Choice, PROMPT, VALUES, on_text=seen.append)
    assert Choice.model_validate_json(seen[-1]) == reply.value
    assert len(seen) > 3
    assert propose(make_chat_model(settings), Choice, PROMPT, VALUES).value == reply.value or reply.value.why
    with pytest.raises(UnusableError, match="context size"):
        propose(chat, Choice, PROMPT, {**VALUES, "question": "word " * 4_000})


def test_the_embedded_engines_listener_is_locked(small_model: Path) -> None:
    from advisor.llm.gguf import _server

    server = _server(str(small_model), 2_048, 2)
    assert server.listening_address.startswith("http://127.0.0.1:")
    for path in ("/slots", "/props", "/v1/models", "/metrics", "/"):
        with pytest.raises(HTTPError) as caught:
            urllib.request.urlopen(server.listening_address + path, timeout=5)
        assert caught.value.code in {401, 404, 501}


def test_the_embedded_engine_stops_when_its_time_is_up(home: Path, small_model: Path) -> None:
    settings = Settings(
        home=home, model=f"gguf:{small_model}", model_context_tokens=2_048, model_threads=2, model_timeout_seconds=0.2
    )
    with pytest.raises(UnusableError, match="in time"):
        propose(make_chat_model(settings), Choice, PROMPT, VALUES)
