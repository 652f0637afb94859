"""A model that is none: deterministic replies for tests and demonstrations, made of the prompt's own data lines."""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from advisor.llm.schema_chat import SchemaChat, as_openai

_DATA_LINE = re.compile(r"^d[0-9a-f]{5}\| (?:(?P<id>[A-Za-z]+\d+\.\d+) )?(?P<text>.*)$", re.MULTILINE)
_ID_WORDS = ("id", "number", "sentence", "passage", "source")
_WORD = re.compile(r"[^\W\d_]{4,}")
_MOST_ITEMS = 3


class FakeChat(SchemaChat):
    """Replies with what `script` holds, in order; after that with a value of the schema.

    Its texts are the data lines of the prompt that share most words with the rest of it, its ids theirs, so that what
    it says can be traced; numbers are the least that the schema allows. The same prompt gets the same reply.
    """

    script: tuple[str | dict[str, Any], ...] = ()
    asked: list[list[dict[str, str]]] = Field(default_factory=list)
    """Every request, as the OpenAI protocol has it."""

    @property
    def _llm_type(self) -> str:
        return "vciso-fake"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        shown = as_openai(messages)
        turn = len(self.asked)
        self.asked.append(shown)
        text = self.reply(turn, "\n".join(message["content"] for message in shown), kwargs.get("response_format"))
        count = sum(len(message["content"].split()) for message in shown)
        spoken = len(text.split())
        usage = UsageMetadata(input_tokens=count, output_tokens=spoken, total_tokens=count + spoken)
        message = AIMessage(content=text, usage_metadata=usage, response_metadata={"finish_reason": "stop"})
        return ChatResult(generations=[ChatGeneration(message=message)])

    def reply(self, turn: int, prompt: str, form: dict[str, Any] | None) -> str:
        """The text of one reply."""
        if turn < len(self.script):
            scripted = self.script[turn]
            return scripted if isinstance(scripted, str) else json.dumps(scripted)
        lines = _nearest(prompt)
        if form is None:
            return lines[0][1] if lines else "No data was given."
        schema = form["json_schema"]["schema"]
        return json.dumps(_value(schema, schema.get("$defs", {}), "", lines, 0))


def _nearest(prompt: str) -> list[tuple[str, str]]:
    """Id and text of the data lines, those that share most words with the rest of the prompt first."""
    found = [(match["id"] or "", match["text"].strip()) for match in _DATA_LINE.finditer(prompt)]
    asked = {word.casefold() for word in _WORD.findall(_DATA_LINE.sub("", prompt))}
    return sorted(
        (line for line in found if line[1]),
        key=lambda line: -len(asked & {word.casefold() for word in _WORD.findall(line[1])}),
    )


def _value(schema: dict[str, Any], defs: dict[str, Any], name: str, lines: list[tuple[str, str]], at: int) -> Any:
    """A value of a JSON schema; `at` is which of the lines it speaks about."""
    if "$ref" in schema:
        return _value(defs[schema["$ref"].rpartition("/")[2]], defs, name, lines, at)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _value(schema[choice][0], defs, name, lines, at)
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", [])), None))
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {key: _value(field, defs, key, lines, at) for key, field in fields.items()}
        case "array":
            most = min(schema.get("maxItems", _MOST_ITEMS), max(1, min(_MOST_ITEMS, len(lines)) - at))
            count = max(schema.get("minItems", 0), most if lines else 0)
            return [_value(schema.get("items", {}), defs, name, lines, at + n) for n in range(count)]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "null":
            return None
    line = lines[at % len(lines)] if lines else ("", "nothing was given")
    wanted = line[0] if line[0] and any(word in name.casefold() for word in _ID_WORDS) else line[1]
    return wanted[: schema.get("maxLength", len(wanted))].ljust(schema.get("minLength", 0), ".")
