"""What goes over the wire to a server: where to, with which key, how often, and what when it refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from advisor.llm.make import make_chat_model
from advisor.llm.prompts import parse_prompt
from advisor.llm.propose import UnusableError, propose
from knowledge.settings import Settings

pytestmark = pytest.mark.network

PROMPT = parse_prompt("---\nname: trial\nversion: 1\ninputs: [question]\n---\n# System\nAnswer.\n# User\n$question")
VALUES = {"question": "Which?"}


class Said(BaseModel):
    claim: str


Answer = Callable[[dict[str, Any], int], tuple[int, Any]]
"""From a request and its number to status and body."""


class Wire:
    """A server on loopback that answers as told and remembers what it was sent."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answer: Answer = lambda body, n: (200, openai_reply('{"claim": "yes"}'))
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                wire.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, reply = wire.answer(body, len(wire.seen))
                data = reply.encode() if isinstance(reply, str) else json.dumps(reply).encode()
                self.send_response(status)
                if status == 307:
                    self.send_header("location", "http://127.0.0.1:9/elsewhere")
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.server.shutdown()
    made.server.server_close()


def openai_reply(text: str, finish: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def ollama_reply(text: str, done: str = "stop") -> str:
    part = {"model": "m", "created_at": "2026-08-07T06:30:00Z", "message": {"role": "assistant", "content": text}}
    return json.dumps(part | {"done": True, "done_reason": done, "prompt_eval_count": 11, "eval_count": 7}) + "\n"


def served(home: Path, wire: Wire, model: str = "openai-compatible:m", **values: Any) -> Settings:
    url = f"{wire.url}/v1" if model.startswith("openai") else wire.url
    return Settings(home=home, model=model, model_base_url=url, model_api_key=SecretStr("k-5501"), **values)


def test_the_request_is_bounded_and_goes_to_the_address_alone(
    home: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    reply = propose(make_chat_model(served(home, wire)), Said, PROMPT, VALUES)
    assert (reply.value.claim, reply.input_tokens, reply.output_tokens) == ("yes", 11, 7)
    ((path, headers, body),) = wire.seen
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer k-5501"
    assert "sk-of-somebody-else" not in str(headers)
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["claim"]
    assert body.get("max_completion_tokens", body.get("max_tokens")) == 1_024
    assert "tools" not in body
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_server_without_schemas_is_asked_for_json_and_then_in_words(home: Path, wire: Wire) -> None:
    def answer(body: dict[str, Any], n: int) -> tuple[int, Any]:
        if "response_format" in body:
            return 400, {"error": {"message": "response_format is not supported"}}
        return 200, openai_reply('Here you are: {"claim": "in words"}')

    wire.answer = answer
    reply = propose(make_chat_model(served(home, wire)), Said, PROMPT, VALUES)
    assert reply.value.claim == "in words"
    assert [body.get("response_format", {}).get("type") for _, _, body in wire.seen] == [
        "json_schema",
        "json_object",
        None,
    ]
    assert '"claim"' in wire.seen[2][2]["messages"][-1]["content"]


def test_a_server_that_does_not_stream_is_taken_as_it_is(home: Path, wire: Wire) -> None:
    heard: list[str] = []
    reply = propose(make_chat_model(served(home, wire)), Said, PROMPT, VALUES, on_text=heard.append)
    assert reply.value.claim == "yes"
    assert heard == ['{"claim": "yes"}']
    assert [bool(body.get("stream")) for _, _, body in wire.seen] == [True, False]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "<html>gateway</html>"), "did not reply in its protocol"),
        ((500, {"error": {"message": "boom"}}), r"failed at its server \(HTTP 500: .*boom"),
        ((429, {"error": {"message": "slow down"}}), "over its provider's limit"),
    ],
)
def test_what_a_server_does_wrong_is_said_in_words(home: Path, wire: Wire, answer: tuple[int, Any], words: str) -> None:
    wire.answer = lambda body, n: answer
    with pytest.raises(UnusableError, match=words):
        propose(make_chat_model(served(home, wire, model_retries=0)), Said, PROMPT, VALUES)


@pytest.mark.parametrize(("retries", "works"), [(2, True), (0, False)])
def test_a_busy_server_is_tried_again_as_often_as_set(home: Path, wire: Wire, retries: int, works: bool) -> None:
    wire.answer = lambda body, n: (503, {}) if n < 3 else (200, openai_reply('{"claim": "at last"}'))
    chat = make_chat_model(served(home, wire, model_retries=retries))
    if works:
        assert propose(chat, Said, PROMPT, VALUES).value.claim == "at last"
    else:
        with pytest.raises(UnusableError, match="failed"):
            propose(chat, Said, PROMPT, VALUES)
    assert len(wire.seen) == (3 if works else 1)


@pytest.mark.parametrize("model", ["openai-compatible:m", "ollama:m"])
def test_a_redirect_is_not_followed(home: Path, wire: Wire, model: str) -> None:
    wire.answer = lambda body, n: (307, {})
    with pytest.raises(UnusableError) as caught:
        propose(make_chat_model(served(home, wire, model, model_retries=0)), Said, PROMPT, VALUES)
    assert "cannot be reached" not in str(caught.value.error), "nobody went to look at the other address"
    assert len(wire.seen) == 1


def test_a_reply_cut_at_its_longest_is_repaired(home: Path, wire: Wire) -> None:
    wire.answer = lambda body, n: (
        200,
        openai_reply('{"claim": "half', "length") if n == 1 else openai_reply('{"claim": "whole"}'),
    )
    reply = propose(make_chat_model(served(home, wire)), Said, PROMPT, VALUES)
    assert (reply.value.claim, reply.attempts) == ("whole", 2)
    assert (reply.input_tokens, reply.output_tokens) == (22, 14), "both attempts are counted"
    assert "be shorter" in wire.seen[1][2]["messages"][-1]["content"]


def test_ollama_gets_schema_context_and_limit(home: Path, wire: Wire) -> None:
    wire.answer = lambda body, n: (200, ollama_reply('{"claim": "yes"}'))
    heard: list[str] = []
    reply = propose(make_chat_model(served(home, wire, "ollama:m")), Said, PROMPT, VALUES, on_text=heard.append)
    assert (reply.value.claim, reply.input_tokens, reply.output_tokens) == ("yes", 11, 7)
    assert heard[-1] == '{"claim": "yes"}'
    path, _, body = wire.seen[0]
    assert path == "/api/chat"
    assert body["format"]["required"] == ["claim"]
    assert (body["options"]["num_ctx"], body["options"]["num_predict"]) == (8_192, 1_024)


def test_ollama_cut_or_missing_is_said(home: Path, wire: Wire) -> None:
    chat = make_chat_model(served(home, wire, "ollama:m"))
    wire.answer = lambda body, n: (200, ollama_reply('{"claim": "half"}', "length"))
    with pytest.raises(UnusableError, match="cut at the longest"):
        propose(chat, Said, PROMPT, VALUES)
    wire.answer = lambda body, n: (404, {"error": "model 'm' not found"})
    with pytest.raises(UnusableError, match="not known to its server"):
        propose(chat, Said, PROMPT, VALUES)


def test_anthropic_gets_schema_and_limit(home: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor.llm import spec

    monkeypatch.setitem(spec.HOME_URL, "anthropic", wire.url)
    used = {"input_tokens": 11, "output_tokens": 7}
    part = {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "stop_sequence": None,
        "usage": used,
    }

    def answer(body: dict[str, Any], n: int) -> tuple[int, Any]:
        if "tools" not in body:
            return 400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no such parameter"}}
        call = {"type": "tool_use", "id": "t", "name": body["tools"][0]["name"], "input": {"claim": "by tool"}}
        return 200, part | {"content": [call], "stop_reason": "tool_use"}

    wire.answer = answer
    settings = Settings(home=home, model="anthropic:claude-x", anthropic_api_key=SecretStr("sk-ant-k"))
    reply = propose(make_chat_model(settings), Said, PROMPT, VALUES)
    assert reply.value.claim == "by tool"
    assert len(wire.seen) == 2, "a model without schemas is asked by a tool instead"
    assert wire.seen[0][2]["max_tokens"] == 1_024
    assert any("sk-ant-k" in value for value in wire.seen[0][1].values())
    wire.answer = lambda body, n: (
        200,
        part | {"content": [{"type": "text", "text": '{"claim": "by schema"}'}], "stop_reason": "end_turn"},
    )
    assert propose(make_chat_model(settings), Said, PROMPT, VALUES).value.claim == "by schema"
