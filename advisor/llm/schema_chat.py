"""The base of chat models that run in this process: `with_structured_output` by a JSON schema handed to the decoder."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough


class SchemaChat(BaseChatModel):
    """Takes `response_format={"type": "json_schema", ...}` as the OpenAI protocol has it; has no tools."""

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """A runnable that replies with JSON of `schema` (a JSON schema with a title).

        Raises:
            TypeError: `schema` is a class; callers validate themselves.
            ValueError: a method other than `json_schema`.
        """
        if not isinstance(schema, dict):
            raise TypeError("give a JSON schema")
        if kwargs.get("method", "json_schema") != "json_schema":
            raise ValueError("json_schema is the only method")
        bound = self.bind(
            response_format={"type": "json_schema", "json_schema": {"name": schema["title"], "schema": schema}}
        )
        parser = JsonOutputParser()
        if not include_raw:
            return bound | parser
        assign = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=bound) | assign.with_fallbacks([failed], exception_key="parsing_error")


def as_openai(messages: list[BaseMessage]) -> list[dict[str, str]]:
    """Messages as the OpenAI protocol has them: role and text.

    Raises:
        TypeError: a message that is none of system, human and AI.
    """
    roles: dict[type[BaseMessage], str] = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant"}
    shown = []
    for message in messages:
        role = next((name for kind, name in roles.items() if isinstance(message, kind)), None)
        if role is None:
            raise TypeError(f"a {type(message).__name__} cannot be sent")
        shown.append({"role": role, "content": str(message.text)})
    return shown
