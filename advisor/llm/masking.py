"""Makes a provider's error fit to be shown: one line, bounded, without keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

from advisor.llm.spotlight import one_line
from knowledge.masking import MASK, hide_secrets

__all__ = ["MASK", "masked", "secrets_of"]

MAX_ERROR = 300
"""Characters of a foreign error that are repeated."""


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Text with the given secrets, and whatever looks like a key, replaced by stars; one line, cut to a length."""
    return one_line(hide_secrets(text, secrets))[:MAX_ERROR]


def secrets_of(model: Any) -> set[str]:
    """The secrets that a chat model holds, taken from its fields of type SecretStr."""
    names = getattr(type(model), "model_fields", {})
    held = (getattr(model, name, None) for name in names)
    return {value.get_secret_value() for value in held if isinstance(value, SecretStr)}
