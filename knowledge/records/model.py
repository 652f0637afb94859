"""What is kept of each call of a language model: which prompt, which model, how much."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime

RunOutcome = Literal["started", "done", "failed"]

Count = Annotated[int, Field(ge=0)]


class ModelRun(Record):
    """One call of a language model for one client, kept in the client's place. Never the text itself."""

    id: str
    """`run-` and 12 hex digits."""
    day: date
    """The client's day, which the caps count by."""
    started_at: UtcDatetime
    prompt: str
    """Prompt name, version and the first 12 digits of its SHA-256: `answer@3:1f0c29ab77de`."""
    model: str
    """The model's spec as in the settings: `openai:NAME`, `gguf:FILE`, ..."""
    local: bool
    """The text stayed on this machine."""
    redacted: Count = 0
    """How many different names and addresses were replaced by placeholders before the text left."""
    attempts: Count = 1
    """1, or 2 where the first reply did not meet the schema and the model was told so."""
    input_tokens: Count
    output_tokens: Count
    estimated: bool
    """The provider did not say how many tokens; they are counted from the length of the text."""
    cost_usd: Annotated[float, Field(ge=0)] = 0.0
    """By the prices in the settings; 0 for a local model or where no price is set."""
    seconds: Annotated[float, Field(ge=0)] = 0.0
    """Wall time of the call with its repair."""
    outcome: RunOutcome


class DayUse(Record):
    """What a client's calls of one day add up to."""

    calls: Count = 0
    tokens: Count = 0
    """Input and output together."""
    cost_usd: Annotated[float, Field(ge=0)] = 0.0
