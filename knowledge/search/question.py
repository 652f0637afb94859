"""What a question names: requirement ids, frameworks, and whether it asks how two frameworks correspond (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.errors import UsageError
from knowledge.frameworks.catalogue import Catalogue, Match
from knowledge.frameworks.ids import Ambiguous, Known, Withdrawn
from knowledge.frameworks.mentions import find_ids

MAX_CHARS = 2_000
_MAPPING = re.compile(
    r"\b(?:map(?:s|ped|ping|pings)?|crosswalks?|correspond\w*|equivalent\w*|counterparts?|align\w*|relates?|matches)\b",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Asked:
    """A question, read."""

    text: str
    """As asked, cut to MAX_CHARS, control characters gone."""
    search_text: str
    """The same with the titles of the ids it names, since an id alone is like nothing."""
    named: tuple[tuple[str, str], ...]
    """(framework id, requirement id) of what it names and the catalogue has, in order."""
    frameworks: frozenset[str]
    """Frameworks it names by their names."""
    mapping: bool
    """Whether it asks how requirements of two frameworks correspond."""


def read(query: str, catalogue: Catalogue) -> Asked:
    """Reads a question.

    Raises:
        UsageError: there is no word in it.
    """
    text = _CONTROL.sub(" ", query[:MAX_CHARS]).strip()
    if not any(character.isalnum() for character in text):
        raise UsageError("the question has no words", hint="Ask in words, or name a requirement such as AC-2.")
    named: dict[tuple[str, str], str] = {}
    for mention in find_ids(text, catalogue=catalogue):
        result = mention.result
        matches: tuple[Match, ...] = ()
        if isinstance(result, Known | Withdrawn):
            matches = (result.match,)
        elif isinstance(result, Ambiguous):
            matches = result.matches
        for match in matches:
            named[match.framework.id, match.requirement.id] = match.requirement.title
        if isinstance(result, Withdrawn):
            for match in result.successors:
                named[match.framework.id, match.requirement.id] = match.requirement.title
    titles = " ".join(dict.fromkeys(title for title in named.values() if title.casefold() not in text.casefold()))
    frameworks = frozenset(catalogue.named(text))
    mapping = bool(named) and (bool(_MAPPING.search(text)) or bool(frameworks - {one for one, _ in named}))
    return Asked(
        text=text,
        # What a requirement is about finds its counterparts; the words that ask for them would find other things.
        search_text=titles if mapping and titles else f"{text} {titles}".strip(),
        named=tuple(named),
        frameworks=frameworks,
        mapping=mapping,
    )
