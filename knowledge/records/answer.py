"""An answer whose every claim carries verbatim quotations, or an honest abstention."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.records.base import Record, UtcDatetime
from knowledge.records.search import Hit, Passage

NEAREST = 3
"""Passages that an abstention points to."""


class Citation(Record):
    """A verbatim quotation from one passage that was retrieved for this client in this request."""

    passage_id: str
    source: str
    """Title of the framework or document."""
    locator: str
    quote: str


CheckName = Literal["retrieved", "verbatim", "entities", "ids-exist", "polarity", "strength", "relevance"]


class Check(Record):
    """One check of a claim by code."""

    name: CheckName
    passed: bool
    detail: str = ""


class Claim(Record):
    """One sentence of an answer."""

    text: str
    citations: tuple[Citation, ...]
    supported: bool
    checks: tuple[Check, ...] = ()


AnswerMode = Literal["extractive", "model", "lookup"]


class Answer(Record):
    """What was asked, what can be said with proof, and what cannot."""

    id: str
    question: str
    standalone_question: str = ""
    """The question rewritten to stand alone in a conversation; empty where it already did."""
    mode: AnswerMode
    claims: tuple[Claim, ...]
    """Supported claims first; unsupported ones are shown as such, never mixed in."""
    conflicts: tuple[str, ...] = ()
    """Contradictions between cited passages, each in one sentence."""
    not_covered: tuple[str, ...] = ()
    """What the passages do not say, in words."""
    abstained: bool
    searched: str
    """What was searched, in one sentence."""
    hits: tuple[Hit, ...]
    """The passages that were put before the model or the extractor."""
    model: str = ""
    prompt: str = ""
    """Prompt name, version and hash: `answer@3:1f0c…`."""
    seconds: dict[str, float] = Field(default_factory=dict)
    """Wall time by step."""
    asked_at: UtcDatetime

    @property
    def nearest(self) -> tuple[Passage, ...]:
        """Where to read on after an abstention: the first requirements and document passages; else empty."""
        if not self.abstained:
            return ()
        found = (hit.passage for hit in sorted(self.hits, key=lambda hit: hit.rank))
        return tuple(passage for passage in found if passage.kind in ("requirement", "document"))[:NEAREST]


class Turn(Record):
    """One question and its answer in a conversation."""

    conversation_id: str
    seq: int
    question: str
    answer: Answer
    at: UtcDatetime
