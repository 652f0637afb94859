"""What every source parser gives back: records as plain JSON, what was left out and why, and how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from knowledge.records.source import Outcome

MAX_SKIPS = 100
"""Reasons kept one by one; the rest is counted in one line."""


def envelope(
    records: Sequence[BaseModel],
    *,
    outcome: Outcome = "read",
    sentence: str = "",
    skipped: Sequence[tuple[str, str]] = (),
    **extra: Any,
) -> dict[str, Any]:
    """Make a parser's answer.

    Args:
        records: validated ones; sent as JSON without fields that have their default.
        outcome: `read`, or why not (`not-a-feed`, `empty`, `truncated`, ...).
        sentence: for a person, where the outcome is not `read`; a verb phrase without a full stop.
        skipped: (subject, reason) pairs.
        extra: plain JSON that this kind needs besides (paging, catalogue version).
    """
    return {
        "outcome": outcome,
        "sentence": sentence,
        "records": [record.model_dump(mode="json", exclude_defaults=True) for record in records],
        "skipped": bounded(skipped),
        **extra,
    }


def bounded(skipped: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Cut a long list of skips to its first hundred and a line that counts the rest."""
    every = [(subject[:200], reason[:300]) for subject, reason in skipped]
    if len(every) <= MAX_SKIPS:
        return every
    return [*every[:MAX_SKIPS], (f"{len(every) - MAX_SKIPS} more", "left out for reasons like those above")]


def first_fault(error: ValidationError) -> str:
    """Say the first fault that pydantic found, with the field it is in."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where[:80]}: {fault['msg'][:160]}" if where else fault["msg"][:160]
