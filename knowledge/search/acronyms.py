"""Acronyms of the field in a question, spelled out, and the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from knowledge.frameworks.loader import yaml_rows
from knowledge.frameworks.prepared import document

ACRONYMS = "acronyms.yaml"
MAX_ADDED = 8
"""At most so many phrases are added to one question: a list of acronyms must not drown its words."""


@dataclass(frozen=True)
class Acronym:
    """One row of the table."""

    short: str
    words: tuple[str, ...]
    exact: bool
    """Only in capitals as written: `IR` is incident response, `ir` is nothing."""

    @cached_property
    def letters(self) -> tuple[str, str]:
        """Of the short form and of the first of its words, case folded: a text without them has neither."""
        return self.short.casefold(), re.split(r"[\s-]+", self.words[0])[0].casefold()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Where it stands as a word of its own, also in the plural (`SBOMs`)."""
        flags = re.NOFLAG if self.exact else re.IGNORECASE
        return re.compile(rf"(?<![\w&/-]){re.escape(self.short)}(?:s|'s)?(?![\w&/-])", flags)


@cache
def table() -> tuple[Acronym, ...]:
    """The shipped table, knowledge/search/data/acronyms.yaml."""
    file = files("knowledge.search") / "data" / ACRONYMS
    rows = document(file) or yaml_rows(file.read_text(encoding="utf-8"), ACRONYMS)
    return tuple(Acronym(row["acronym"], tuple(row["words"]), bool(row.get("exact"))) for row in rows)


@cache
def _phrase(words: str) -> re.Pattern[str]:
    """The words however they are joined: `multi-factor`, `multi factor`."""
    joined = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", words))
    return re.compile(rf"\b{joined}s?\b", re.IGNORECASE)


@lru_cache(maxsize=1_000)
def expand(text: str) -> tuple[str, ...]:
    """What to search for besides the words of a question, in the order of the table, each once.

    `MFA` adds its words; `multi-factor authentication` adds `MFA`, by which much of the field's text calls it.
    """
    added: dict[str, None] = {}
    plain = text.casefold()
    for row in table():
        # A pattern is only made where its letters are there: making all of them takes longer than a search.
        short, first = row.letters
        has_short = short in plain and bool(row.pattern.search(text))
        has_long = first in plain and bool(_phrase(row.words[0]).search(text))
        if has_short:
            added.update(dict.fromkeys(word for word in row.words if word.casefold() not in plain))
        elif has_long:
            added[row.short] = None
    return tuple(added)[:MAX_ADDED]
