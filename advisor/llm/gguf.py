"""A model file that runs inside this process by llama.cpp (xllamacpp), with JSON-schema-constrained decoding."""

from __future__ import annotations

import os
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from advisor.llm.schema_chat import SchemaChat, as_openai

_ONE_AT_A_TIME = threading.Lock()


class EmbeddedChat(SchemaChat):
    """A GGUF file as a chat model. Loads at the first question and stays loaded; one question at a time."""

    path: str
    context_tokens: int = 8_192
    output_tokens: int = 1_024
    threads: int = 0
    """0: one for each core."""
    timeout_seconds: float = 120.0
    streaming: bool = False

    @property
    def _llm_type(self) -> str:
        return "vciso-gguf"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"path": self.path, "context_tokens": self.context_tokens}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text, finish, usage = "", "", None
        for chunk in self._stream(messages, stop, run_manager, **kwargs):
            message = chunk.message
            assert isinstance(message, AIMessageChunk)
            text += str(message.text)
            finish = message.response_metadata.get("finish_reason") or finish
            usage = message.usage_metadata or usage
        reply = AIMessage(content=text, response_metadata={"finish_reason": finish}, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = {
            "messages": as_openai(messages),
            "max_tokens": self.output_tokens,
            "temperature": 0.0,
            "seed": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if "response_format" in kwargs:
            request["response_format"] = kwargs["response_format"]
        if stop:
            request["stop"] = stop
        for part in self._ask(request):
            usage = part.get("usage")
            choice = (part.get("choices") or [{}])[0]
            chunk = ChatGenerationChunk(
                message=AIMessageChunk(
                    content=choice.get("delta", {}).get("content") or "",
                    response_metadata={"finish_reason": choice["finish_reason"]} if choice.get("finish_reason") else {},
                    usage_metadata=_usage(usage) if usage else None,
                )
            )
            if run_manager and chunk.text:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _ask(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The parts of a reply as they come; the decoder is told to stop when the time is up or nobody listens.

        Raises:
            TimeoutError: the time is up.
            ValueError: the engine refused the request (too long, a schema it cannot follow).
        """
        parts: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
        stopped = threading.Event()

        def take(part: dict[str, Any]) -> bool:
            parts.put(part)
            return stopped.is_set()

        def work() -> None:
            try:
                with _ONE_AT_A_TIME:
                    server = _server(self.path, self.context_tokens, self.threads)
                    parts.put(None if stopped.is_set() else server.handle_chat_completions(request, take))
            except Exception as error:  # noqa: BLE001 - carried to the thread that asked
                parts.put(error)

        # Not a daemon: ending the process inside the engine would abort it. It stops at the next token.
        threading.Thread(target=work, name="vciso-gguf").start()
        until = time.monotonic() + self.timeout_seconds
        try:
            while True:
                try:
                    part = parts.get(timeout=max(0.0, until - time.monotonic()))
                except queue.Empty:
                    raise TimeoutError("the model did not finish in time") from None
                if part is None:
                    return
                if isinstance(part, Exception):
                    raise part
                if "error" in part:
                    raise ValueError(str(part["error"].get("message", part["error"])))
                yield part
        finally:
            stopped.set()


def _usage(usage: dict[str, Any]) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
        total_tokens=usage["prompt_tokens"] + usage["completion_tokens"],
    )


@lru_cache(maxsize=1)
def _server(path: str, context_tokens: int, threads: int) -> Any:
    """The loaded model.

    The engine opens a listener on loopback even when it is called in-process: a random key locks it, and its pages
    that would show prompts are off.
    """
    # Read when the OpenMP runtime loads: with the default, waiting threads spin and starve everything else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp  # noqa: PLC0415 - after the line above

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = context_tokens
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads or os.cpu_count() or 1
    params.no_extra_bufts = True  # saves repacked copies of the weights: 1.3 GB instead of 2.2 for a 1.5B model
    params.cache_ram_mib = 0  # no copies of earlier prompts kept aside
    params.warmup = False
    params.verbosity = -1
    params.port = 0
    params.api_keys = [secrets.token_hex(16)]
    params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = params.ui = False
    return xllamacpp.Server(params)
