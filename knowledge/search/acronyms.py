"""Acronyms of the field in a question, spelled out, and the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

MAX_ADDED = 8
"""At most so many phrases are added to one question: a list of acronyms must not drown its words."""


@dataclass(frozen=True, slots=True)
class Acronym:
    """One row of the table."""

    short: str
    words: tuple[str, ...]
    exact: bool
    """Only in capitals as written: `IR` is incident response, `ir` is nothing."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Where it stands as a word of its own, also in the plural (`SBOMs`)."""
        flags = re.NOFLAG if self.exact else re.IGNORECASE
        return re.compile(rf"(?<![\w&/-]){re.escape(self.short)}(?:s|'s)?(?![\w&/-])", flags)


@cache
def table() -> tuple[Acronym, ...]:
    """The shipped table, knowledge/search/data/acronyms.yaml."""
    text = (files("knowledge.search") / "data" / "acronyms.yaml").read_text(encoding="utf-8")
    rows = yaml.safe_load(text)
    return tuple(Acronym(row["acronym"], tuple(row["words"]), bool(row.get("exact"))) for row in rows)


@cache
def _patterns() -> tuple[tuple[Acronym, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((row, row.pattern, _phrase(row.words[0])) for row in table())


def _phrase(words: str) -> re.Pattern[str]:
    """The words however they are joined: `multi-factor`, `multi factor`."""
    joined = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", words))
    return re.compile(rf"\b{joined}s?\b", re.IGNORECASE)


def expand(text: str) -> tuple[str, ...]:
    """What to search for besides the words of a question, in the order of the table, each once.

    `MFA` adds its words; `multi-factor authentication` adds `MFA`, by which much of the field's text calls it.
    """
    added: dict[str, None] = {}
    for row, short, long in _patterns():
        has_short, has_long = bool(short.search(text)), bool(long.search(text))
        if has_short:
            added.update(dict.fromkeys(word for word in row.words if word.casefold() not in text.casefold()))
        elif has_long:
            added[row.short] = None
    return tuple(added)[:MAX_ADDED]
