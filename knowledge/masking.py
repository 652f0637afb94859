"""Keeps keys and passwords out of what is said, shown and kept about an error."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

_LOOKS_LIKE_A_KEY = (
    re.compile(r"(?i)(?<=bearer )[^\s\"',;]+"),
    re.compile(r"(?i)(?<=authorization: )[^\s\"',;]+(?: [^\s\"',;]{8,})?"),
    re.compile(r"(?i)((?:x-)?api[-_]?key[\"']?\s*[:=]\s*[\"']?)[^\s\"',;]+"),
    re.compile(r"\b(?:sk|pk|rk|lsv2|gsk|xai|key)[-_][A-Za-z0-9*_-]{6,}"),
    re.compile(r"(?<=://)[^/@\s]+(?=@)"),
)


def hide_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Text with the given secrets, and whatever looks like a key, replaced by stars."""
    for secret in sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern in _LOOKS_LIKE_A_KEY:
        text = pattern.sub(lambda found: (found.group(1) if found.re.groups else "") + MASK, text)
    return text
