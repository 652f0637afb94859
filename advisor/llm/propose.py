"""Asks a chat model for one value of a schema: constrained where it can be, validated always, repaired once.

Imports LangChain, so it is imported when a model is asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langsmith import tracing_context
from pydantic import BaseModel, ValidationError

from advisor.llm.interface import ModelFailedError
from advisor.llm.masking import masked, secrets_of
from advisor.llm.prompts import Prompt, Variables, render
from advisor.llm.schemas import provider_schema
from advisor.llm.spotlight import estimate_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import RunnableConfig

T = TypeVar("T", bound=BaseModel)

METHODS: dict[str, tuple[str, ...]] = {
    "openai-chat": ("json_schema", "json_mode", "text"),
    "anthropic-chat": ("json_schema", "function_calling"),
    "chat-ollama": ("json_schema", "json_mode"),
    "vciso-gguf": ("json_schema",),
    "vciso-fake": ("json_schema",),
}
"""Ways to get JSON, best first, by LangChain's name of the model type; the next is taken where a server refuses one."""

RETRIES = "vciso_retries"
"""Metadata of a model whose own package does not try again."""

_CUT = {"length", "max_tokens", "model_length"}
_REFUSED_REQUEST = {400, 415, 422, 501}
MAX_SHOWN_REPLY = 4_000
"""Characters of a reply that the repair shows to the model."""


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A valid reply and what it took."""

    value: T
    input_tokens: int
    output_tokens: int
    estimated: bool
    attempts: int
    seconds: float


class UnusableError(Exception):
    """A model failed; carries what was used until then."""

    def __init__(self, error: ModelFailedError, input_tokens: int, output_tokens: int, attempts: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.attempts = attempts


def propose(
    model: BaseChatModel,
    schema: type[T],
    prompt: Prompt,
    variables: Variables,
    *,
    restore: Callable[[str], str] = str,
    on_text: Callable[[str], None] | None = None,
) -> Reply[T]:
    """Asks for one value of `schema`; one more time, saying what was wrong, where the reply is not one.

    Args:
        model: any LangChain chat model.
        schema: what the reply must be; its own validators count.
        prompt: of `load_prompt`.
        variables: the prompt's inputs and data.
        restore: puts names back in place of placeholders, applied to each string before validation.
        on_text: called with the reply so far, not restored; begins anew with a repair.

    Raises:
        UnusableError: the model could not be reached, refused, or replied twice with what cannot be used.
    """
    started = time.monotonic()
    messages = render(prompt, variables)
    ask = _Asker(model, schema, on_text)
    history: list[BaseMessage] = [SystemMessage(messages.system), HumanMessage(messages.user)]
    problem = ""
    for attempt in (1, 2):
        raw, parsed = ask(history)
        text = str(raw.text) or json.dumps(parsed or {})
        try:
            value = schema.model_validate(_restored(_usable(raw, parsed), restore))
        except (ValidationError, _BadReplyError) as error:
            problem = _explain(error)
            history += [
                AIMessage(text[:MAX_SHOWN_REPLY]),
                HumanMessage(f"That reply cannot be used: {problem}. Reply again, with valid JSON of the schema only."),
            ]
            continue
        return Reply(
            value=value,
            input_tokens=ask.input_tokens,
            output_tokens=ask.output_tokens,
            estimated=ask.estimated,
            attempts=attempt,
            seconds=time.monotonic() - started,
        )
    raise ask.failed(f"replied twice with what cannot be used ({problem})", "Try a larger model.")


class _BadReplyError(ValueError):
    """A reply that is no JSON object, or was cut."""


class _Asker(Generic[T]):
    """One model and schema; remembers which method the server took and counts tokens."""

    def __init__(
        self,
        model: BaseChatModel,
        schema: type[T],
        on_text: Callable[[str], None] | None,
    ) -> None:
        streams = on_text is not None and "streaming" in type(model).model_fields
        self._whole = model
        self._model = model.model_copy(update={"streaming": True}) if streams else model
        self._schema = schema
        self._on_text = on_text
        self._methods = METHODS.get(model._llm_type, ("text",))
        self.input_tokens = self.output_tokens = self.attempts = 0
        self.estimated = self._heard = False

    def __call__(self, messages: list[BaseMessage]) -> tuple[AIMessage, Any]:
        self.attempts += 1
        sent = "".join(str(message.text) for message in messages)
        while True:
            method = self._methods[0]
            try:
                # Whatever the environment says, a client's text goes to the model and to no tracing service.
                with tracing_context(enabled=False):
                    raw, parsed = self._invoke(method, messages)
            except Exception as error:  # noqa: BLE001 - each provider has a family of its own; all become one sentence
                if (cut := _cut_reply(error)) is not None:
                    raw, parsed = cut, None
                    break
                if isinstance(error, AssertionError) and self._model is not self._whole:
                    # The stream held nothing (openai asserts that it did): a server that replies in one piece.
                    self._model = self._whole
                    continue
                if len(self._methods) > 1 and getattr(error, "status_code", None) in _REFUSED_REQUEST:
                    self._methods = self._methods[1:]
                    continue
                self.input_tokens += estimate_tokens(sent)
                self.estimated = True
                raise self.failed(*_said(error, secrets_of(self._model))) from None
            break
        usage = raw.usage_metadata
        self.estimated |= usage is None
        self.input_tokens += usage["input_tokens"] if usage else estimate_tokens(sent)
        self.output_tokens += usage["output_tokens"] if usage else estimate_tokens(str(raw.text))
        if self._on_text is not None and not self._heard:
            self._on_text(str(raw.text))  # a model that cannot stream: all at once
        return raw, parsed

    def _hear(self, text: str) -> None:
        assert self._on_text is not None
        self._heard = True
        self._on_text(text)

    def failed(self, message: str, hint: str) -> UnusableError:
        """The error with what was used."""
        error = ModelFailedError(message, subject="the language model", hint=hint)
        return UnusableError(error, self.input_tokens, self.output_tokens, self.attempts)

    def _invoke(self, method: str, messages: list[BaseMessage]) -> tuple[AIMessage, Any]:
        strict = self._model._llm_type in {"openai-chat", "anthropic-chat"}
        schema = provider_schema(self._schema, strict=strict)
        if method in {"json_mode", "text"}:
            messages = [*messages[:-1], _with_schema(messages[-1], schema)]
        self._heard = False
        config: RunnableConfig = {"callbacks": [_Listener(self._hear)]} if self._on_text else {}
        if method == "text":
            raw = self._model.invoke(messages, config)
            return raw, _json_in(str(raw.text))
        openai = self._model._llm_type == "openai-chat"
        options: dict[str, Any] = {"strict": True} if openai and method == "json_schema" else {}
        runnable = self._model.with_structured_output(schema, method=method, include_raw=True, **options)
        if retries := (self._model.metadata or {}).get(RETRIES, 0):
            runnable = runnable.with_retry(retry_if_exception_type=(ConnectionError,), stop_after_attempt=retries + 1)
        found = runnable.invoke(messages, config)
        assert isinstance(found, dict)
        return found["raw"], found["parsed"]


def _cut_reply(error: Exception) -> AIMessage | None:
    """The reply that was cut at its longest, where a provider's package makes an error of that (openai does)."""
    completion = getattr(error, "completion", None)
    if type(error).__name__ != "LengthFinishReasonError" or completion is None:
        return None
    used = completion.usage
    usage = used and UsageMetadata(
        input_tokens=used.prompt_tokens, output_tokens=used.completion_tokens, total_tokens=used.total_tokens
    )
    text = "".join(choice.message.content or "" for choice in completion.choices)
    return AIMessage(text, response_metadata={"finish_reason": "length"}, usage_metadata=usage)


def _with_schema(message: BaseMessage, schema: dict[str, Any]) -> BaseMessage:
    return HumanMessage(f"{message.text}\n\nReply with one JSON object of this JSON schema only: {json.dumps(schema)}")


def _json_in(text: str) -> Any:
    """The JSON object in a reply that may have words or a fence around it; None where there is none."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[begin : end + 1]) if 0 <= begin < end else None
    except ValueError:
        return None


def _usable(raw: AIMessage, parsed: Any) -> dict[str, Any]:
    meta = raw.response_metadata
    if {meta.get("finish_reason"), meta.get("stop_reason"), meta.get("done_reason")} & _CUT:
        raise _BadReplyError("it was cut at the longest reply; be shorter")
    if not isinstance(parsed, dict):
        raise _BadReplyError("it is not a JSON object")
    return parsed


def _restored(value: Any, restore: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, list):
        return [_restored(item, restore) for item in value]
    if isinstance(value, dict):
        return {key: _restored(item, restore) for key, item in value.items()}
    return value


def _explain(error: ValidationError | _BadReplyError) -> str:
    """What is wrong, in the schema's words: a foreign value is never repeated as if it were ours."""
    if isinstance(error, _BadReplyError):
        return str(error)
    found = error.errors(include_input=False, include_url=False, include_context=False)[:3]
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'reply'}: {item['msg']}"[:160] for item in found)


def _said(error: Exception, secrets: set[str]) -> tuple[str, str]:
    """Message and hint for an error of a provider or an engine."""
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if status in {401, 403}:
        return f"refused the key (HTTP {status})", "Check the key in the settings and what it may use."
    if status == 404:
        return "is not known to its server (HTTP 404)", "Check VCISO_MODEL and VCISO_MODEL_BASE_URL."
    if status == 429:
        return "is over its provider's limit (HTTP 429)", "Wait, or ask the provider for more."
    if "JSONDecode" in kind:
        return "did not reply in its protocol", "Check VCISO_MODEL_BASE_URL; for most servers it ends in /v1."
    if isinstance(error, TimeoutError) or "Timeout" in kind:
        return "did not answer in time", "Raise VCISO_MODEL_TIMEOUT_SECONDS or take a smaller model."
    if isinstance(error, ConnectionError) or "Connect" in kind:
        return "cannot be reached", "Check that its server runs and that VCISO_MODEL_BASE_URL is right."
    told = masked(str(error), secrets)
    if isinstance(status, int) and status >= 500:
        return f"failed at its server (HTTP {status}: {told})", "Wait and try again; the server's own log says more."
    return f"failed ({kind}{': ' if told else ''}{told})", "Try again; if it stays, try another model."


class _Listener(BaseCallbackHandler):
    """Collects tokens and shows the reply so far."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._text = ""

    def on_llm_new_token(self, token: str | list[Any], **kwargs: Any) -> None:
        """Called by LangChain with each piece of the reply."""
        del kwargs
        if isinstance(token, str) and token:
            self._text += token
            self._on_text(self._text)
