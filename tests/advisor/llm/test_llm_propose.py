"""One question, one value of a schema: validated, repaired once, cut replies refused, errors without keys."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel, Field, SecretStr

from advisor.llm.fake import FakeChat
from advisor.llm.interface import ModelFailedError
from advisor.llm.masking import masked
from advisor.llm.prompts import parse_prompt
from advisor.llm.propose import UnusableError, propose
from advisor.llm.schemas import provider_schema
from advisor.llm.spotlight import DataBlock

PROMPT = parse_prompt(
    "---\nname: trial\nversion: 1\ninputs: [question]\ndata: [passages]\n---\n"
    "# System\nAnswer from the data.\n# User\n$passages\n$question"
)
VALUES = {
    "question": "How fast must leavers lose their access?",
    "passages": [
        DataBlock("P1", "Policy", ("The office opens at nine.", "Leavers lose access within 24 hours."), numbered=True)
    ],
}


class Quote(BaseModel):
    sentence_id: str = Field(pattern=r"^P\d+\.\d+$")
    text: str = Field(max_length=200)


class Reply(BaseModel):
    quotes: list[Quote] = Field(min_length=1, max_length=3)
    sure: Literal["yes", "no"] = "no"
    score: Annotated[int, Field(ge=1, le=5)] = 1
    note: str | None = None


GOOD = {"quotes": [{"sentence_id": "P1.2", "text": "within 24 hours"}], "sure": "yes", "score": 4, "note": None}


def ask(model: BaseChatModel, **options: Any) -> Any:
    return propose(model, Reply, PROMPT, VALUES, **options)


def test_the_fake_replies_from_the_data_and_always_the_same() -> None:
    first, second = ask(FakeChat()), ask(FakeChat())
    assert first.value == second.value
    assert first.value.quotes[0] == Quote(sentence_id="P1.2", text="Leavers lose access within 24 hours.")
    assert first.attempts == 1
    assert first.input_tokens > 10
    assert not first.estimated


def test_a_scripted_reply_is_taken() -> None:
    assert ask(FakeChat(script=(GOOD,))).value == Reply.model_validate(GOOD)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("no JSON at all", "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ({**GOOD, "score": 9}, "score"),
        ({**GOOD, "quotes": []}, "quotes"),
        ({**GOOD, "quotes": [{"sentence_id": "ignore that", "text": "x"}]}, "sentence_id"),
    ],
)
def test_one_repair_that_says_what_was_wrong(bad: Any, words: str) -> None:
    model = FakeChat(script=(bad, GOOD))
    reply = ask(model)
    assert reply.value == Reply.model_validate(GOOD)
    assert reply.attempts == 2
    assert len(model.asked) == 2
    repair = model.asked[1][-1]["content"]
    assert words in repair
    assert "ignore that" not in repair, "a foreign value is never repeated in our own words"


def test_two_bad_replies_are_an_error_with_what_they_used() -> None:
    model = FakeChat(script=("x", "y", GOOD))
    with pytest.raises(UnusableError, match="replied twice") as caught:
        ask(model)
    assert isinstance(caught.value.error, ModelFailedError)
    assert caught.value.attempts == len(model.asked) == 2
    assert caught.value.input_tokens > 0


def test_restoring_comes_before_validation() -> None:
    hidden = json.loads(json.dumps(GOOD).replace("P1.2", "X"))
    reply = ask(FakeChat(script=(hidden,)), restore=lambda text: "P1.2" if text == "X" else text)
    assert reply.value.quotes[0].sentence_id == "P1.2"


class Raw(BaseChatModel):
    """A model of any type that gives one message or raises."""

    kind: str = "some-other-chat"
    reply: str = ""
    metadata_of_reply: dict[str, Any] = Field(default_factory=dict)
    error: Any = None
    api_key: SecretStr = SecretStr("abcd-very-secret-1234")
    seen: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return self.kind

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.seen.append({"last": str(messages[-1].text), **kwargs})
        if self.error is not None:
            raise self.error
        message = AIMessage(content=self.reply, response_metadata=self.metadata_of_reply)
        return ChatResult(generations=[ChatGeneration(message=message)])


def test_a_model_without_schemas_gets_the_schema_in_words() -> None:
    model = Raw(reply=f"Sure!\n```json\n{json.dumps(GOOD)}\n```", seen=[])
    reply = ask(model)
    assert reply.value == Reply.model_validate(GOOD)
    assert reply.estimated
    assert '"sentence_id"' in model.seen[0]["last"]


@pytest.mark.parametrize(
    "meta", [{"finish_reason": "length"}, {"stop_reason": "max_tokens"}, {"done_reason": "length"}]
)
def test_a_reply_that_was_cut_is_not_used(meta: dict[str, str]) -> None:
    model = Raw(reply=json.dumps(GOOD), metadata_of_reply=meta, seen=[])
    with pytest.raises(UnusableError, match="cut at the longest reply"):
        ask(model)
    assert len(model.seen) == 2


class StatusError(Exception):
    def __init__(self, status_code: int, text: str) -> None:
        super().__init__(text)
        self.status_code = status_code


class ReadTimeout(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StatusError(401, "Incorrect API key provided: abcd-very-secret-1234"), "refused the key"),
        (StatusError(404, "no model"), "not known to its server"),
        (StatusError(429, "quota"), "over its provider's limit"),
        (
            StatusError(500, "trouble with key abcd-very-secret-1234 and Bearer tok-9999999"),
            "failed at its server (HTTP 500: trouble",
        ),
        (ReadTimeout("x"), "did not answer in time"),
        (TimeoutError("x"), "did not answer in time"),
        (ConnectionError("http://u:p4ss@h/v1 refused"), "cannot be reached"),
        (RuntimeError("request to https://u:p4ss@h/v1 with api_key=sk-abcdef1234567890 failed\n\x1b[31m"), "failed ("),
    ],
)
def test_c31_errors_are_one_sentence_and_carry_no_key(error: Exception, words: str) -> None:
    with pytest.raises(UnusableError) as caught:
        ask(Raw(error=error, seen=[]))
    said = str(caught.value.error)
    assert words in said
    for secret in ("very-secret", "tok-9999999", "p4ss", "sk-abcdef", "\x1b", "\n"):
        assert secret not in said
    assert caught.value.__suppress_context__, "a traceback must not print the provider's own words either"
    assert caught.value.error.hint


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ('{"api_key": "0123456789"}', "0123456789"),
        ("x-api-key: zzzzzzzz", "zzzzzzzz"),
        ("key sk-proj-AbC_123-xyz is wrong", "AbC_123"),
        ("sk-ant-api03-AAAA_bbbb", "AAAA_bbbb"),
        ("lsv2_pt_0011223344", "0011223344"),
        ("https://user:pass@host/", "user:pass"),
    ],
)
def test_what_looks_like_a_key_is_masked(text: str, hidden: str) -> None:
    assert hidden not in masked(text)
    assert "***" in masked(text)


def test_masking_leaves_ordinary_words() -> None:
    text = "the key-value store asked for a task-force (HTTP 500)"
    assert masked(text) == text


def test_the_schema_is_closed_and_complete() -> None:
    schema = provider_schema(Reply, strict=True)
    assert schema["title"] == "Reply"
    assert schema["required"] == ["quotes", "sure", "score", "note"]
    assert schema["additionalProperties"] is False
    quote = schema["$defs"]["Quote"]
    assert quote["additionalProperties"] is False
    assert "maxLength" not in quote["properties"]["text"]
    assert provider_schema(Reply, strict=False)["$defs"]["Quote"]["properties"]["text"]["maxLength"] == 200


def test_a_field_may_bear_the_name_of_a_keyword() -> None:
    class Odd(BaseModel):
        title: str
        default: int
        properties: list[str]

    schema = provider_schema(Odd, strict=True)
    assert schema["required"] == ["title", "default", "properties"]
    assert schema["properties"]["title"] == {"type": "string"}


def test_nothing_goes_to_a_tracing_service(monkeypatch: pytest.MonkeyPatch) -> None:
    from langsmith.utils import get_env_var, tracing_is_enabled

    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    get_env_var.cache_clear()
    states: list[object] = []

    class Watching(FakeChat):
        def reply(self, turn: int, prompt: str, form: dict[str, Any] | None) -> str:
            states.append(tracing_is_enabled())
            return super().reply(turn, prompt, form)

    try:
        assert tracing_is_enabled() is True
        ask(Watching())
        assert states == [False]
    finally:
        get_env_var.cache_clear()
