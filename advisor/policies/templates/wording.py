"""Words that promise nothing an auditor could test, and blanks that nobody filled (pure)."""

from __future__ import annotations

import re

from advisor.policies.templates.interface import FilledPolicy

_WORDS = (
    "adequate",
    "adequately",
    "appropriate",
    "appropriately",
    "as applicable",
    "as necessary",
    "as needed",
    "as required",
    "as soon as possible",
    "best effort",
    "best efforts",
    "frequently",
    "from time to time",
    "generally",
    "if needed",
    "if possible",
    "in a timely manner",
    "in due course",
    "make every effort",
    "periodic",
    "periodically",
    "promptly",
    "properly",
    "reasonable",
    "reasonably",
    "regular",
    "regularly",
    "robust",
    "sufficient",
    "sufficiently",
    "suitable",
    "suitably",
    "timely",
    "when necessary",
    "where appropriate",
    "where feasible",
    "where needed",
    "where possible",
    "where practicable",
    "without undue delay",
)
_VAGUE = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
_BLANK = re.compile(r"\{\{|\}\}|\{products\}|\[[A-Z][A-Z _-]+\]|\bT[B]D\b|<insert", re.IGNORECASE)


def vague_words(text: str) -> tuple[str, ...]:
    """The words of a text that leave who, when or how much open, in order, lower case."""
    return tuple(hit.group().lower() for hit in _VAGUE.finditer(text))


def open_blanks(text: str) -> tuple[str, ...]:
    """What in a text still waits to be filled."""
    return tuple(hit.group() for hit in _BLANK.finditer(text))


def text_of(filled: FilledPolicy) -> str:
    """All words of a policy, one part a line."""
    lines = [filled.title, filled.purpose, filled.scope]
    lines += [f"{role.name}: {role.duty}" for role in filled.roles]
    lines += [f"{one.term}: {one.meaning}" for one in filled.definitions]
    for section in filled.sections:
        lines.append(section.heading)
        lines += [f"{one.heading}. {one.text} {one.evidence}." for one in section.clauses]
    return "\n".join(lines)
