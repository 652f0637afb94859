"""Keeps keys out of everything that is said about an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

from advisor.llm.spotlight import one_line

MASK = "***"
MAX_ERROR = 300
"""Characters of a foreign error that are repeated."""

_LOOKS_LIKE_A_KEY = (
    re.compile(r"(?i)(?<=bearer )[^\s\"',;]+"),
    re.compile(r"(?i)(?<=authorization: )[^\s\"',;]+(?: [^\s\"',;]{8,})?"),
    re.compile(r"(?i)((?:x-)?api[-_]?key[\"']?\s*[:=]\s*[\"']?)[^\s\"',;]+"),
    re.compile(r"\b(?:sk|pk|rk|lsv2|gsk|xai|key)[-_][A-Za-z0-9*_-]{6,}"),
    re.compile(r"(?<=://)[^/@\s]+(?=@)"),
)


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Text with the given secrets, and whatever looks like a key, replaced by stars; one line, cut to a length."""
    for secret in sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern in _LOOKS_LIKE_A_KEY:
        text = pattern.sub(lambda found: (found.group(1) if found.re.groups else "") + MASK, text)
    return one_line(text)[:MAX_ERROR]


def secrets_of(model: Any) -> set[str]:
    """The secrets that a chat model holds, taken from its fields of type SecretStr."""
    names = getattr(type(model), "model_fields", {})
    held = (getattr(model, name, None) for name in names)
    return {value.get_secret_value() for value in held if isinstance(value, SecretStr)}
