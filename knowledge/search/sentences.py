"""Where one sentence ends and the next begins (pure)."""

from __future__ import annotations

import re

_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|art|arts|sec|rev|para|fig|ca|min|max|incl|dr|mr|mrs|ms|inc|ltd|st|u\.s)"
    r"|\b[A-Za-z]|^\s*\d{1,2}(?:\.\d{1,2})*)\.$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]['\"”’)\]]{0,2}(?=\s+['\"“‘(\[]?[A-Z0-9ÄÖÜ])|\n+|;\s(?=\(?[a-z0-9]{1,3}\))")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order; a new line ends one. Each is a piece of the text, trimmed at its edges."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        piece = text[start : end.end()]
        if not piece.endswith("\n") and _ABBREVIATION.search(piece):
            continue
        found.append(piece.strip())
        start = end.end()
    found.append(text[start:].strip())
    return tuple(piece for piece in found if any(c.isalnum() for c in piece))
