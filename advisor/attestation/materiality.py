"""Suggests whether a change asks for new signatures, with a reason for each clause. Pure; the approver decides."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from rapidfuzz.distance import DamerauLevenshtein

from knowledge.records.policy import PolicyClause, PolicyText

ReasonKind = Literal["figure", "duty", "role", "new clause", "clause gone", "wording", "typo", "format", "mapping"]
MATERIAL: Final[frozenset[ReasonKind]] = frozenset(("figure", "duty", "role", "new clause", "clause gone", "wording"))
"""What a reader would have to do otherwise than before. A typo, white space, numbers or mappings change nothing."""

_NUMBER: Final = re.compile(
    r"(?<![\w.])(\d+(?:[.,]\d+)?)\s*(%|percent|seconds?|minutes?|hours?|(?:working |business |calendar )?days?|weeks?|"
    r"months?|years?|characters?|attempts?|people|persons?|times?|GB|MB|km)?\b",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|daily|weekly|monthly|quarterly|yearly|annually|"
    r"immediately|hourly|twice|once)\b",
    re.IGNORECASE,
)
_DUTY: Final = re.compile(
    r"\b(must not|must|shall not|shall|may not|may|should not|should|never|only|always|is required to|are required to|"
    r"prohibited|forbidden|unless|except|not)\b",
    re.IGNORECASE,
)
_ROLE: Final = re.compile(
    r"\b(?:the |an? )?((?:[a-z]+ ){0,2}(?:manager|officer|owner|administrator|desk|team|committee|board|director|lead|"
    r"head|staff|employees?|contractors?|suppliers?|vendors?|users?|counsel|auditor|engineers?|developers?))\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_FILLER: Final = frozenset(
    (
        *("the", "a", "an", "of", "to", "and", "or", "in", "on", "at", "for", "by", "with", "from"),
        *("is", "are", "be", "been", "was", "were", "that", "this", "these", "those", "it", "its", "as"),
    )
)


@dataclass(frozen=True, slots=True)
class Reason:
    """What one clause changes for a reader."""

    clause: str
    """Number and heading, as a person finds it."""
    kind: ReasonKind
    text: str
    """In words, with what stood there and what stands there now."""


@dataclass(frozen=True, slots=True)
class Materiality:
    """The suggestion."""

    material: bool
    reasons: tuple[Reason, ...]

    @property
    def sentence(self) -> str:
        """The suggestion in one sentence."""
        if self.material:
            count = sum(one.kind in MATERIAL for one in self.reasons)
            return (
                f"Material: {count} change{'' if count == 1 else 's'} in what people must do. Ask for new signatures."
            )
        if self.reasons:
            return "Not material: only wording without effect, numbers, mappings or format changed."
        return "Not material: the text is the same."


def suggest(before: PolicyText | None, after: PolicyText) -> Materiality:
    """Whether staff should sign again, clause by clause.

    Args:
        before: the text signed last; None where there was none: then everything is new.
        after: the text to be approved.
    """
    if before is None:
        first = Reason(after.title, "new clause", f"the first version: {len(after.clauses)} clauses nobody has signed")
        return Materiality(True, (first,))
    reasons: list[Reason] = []
    for clause in after.clauses:
        known = before.clause(clause.id)
        if known is None:
            if _has_words(clause.text):
                reasons.append(Reason(_name(clause), "new clause", f"says now: {_short(clause.text)}"))
        else:
            reasons += _compare(known, clause)
    for clause in before.clauses:
        if after.clause(clause.id) is None and _has_words(clause.text):
            reasons.append(Reason(_name(clause), "clause gone", f"no longer says: {_short(clause.text)}"))
    return Materiality(any(one.kind in MATERIAL for one in reasons), tuple(reasons))


def _compare(old: PolicyClause, new: PolicyClause) -> list[Reason]:
    name = _name(new)
    if old.text == new.text and old.heading == new.heading:
        if (old.requirements, old.partly, old.evidence) != (new.requirements, new.partly, new.evidence):
            return [Reason(name, "mapping", "the requirements or the evidence named under it changed, not its text")]
        return []
    found: list[Reason] = []
    for kind, read in (("figure", _figures), ("duty", _duties), ("role", _roles)):
        gone, come = _difference(read(old.text), read(new.text))
        if gone or come:
            found.append(Reason(name, kind, _was_is(gone, come)))  # type: ignore[arg-type]
    if found:
        return found
    gone, come = _difference(_words(f"{old.heading} {old.text}"), _words(f"{new.heading} {new.text}"))
    if not gone and not come:
        return [Reason(name, "format", "only white space, punctuation, capitals or the order of words changed")]
    if _all_typos(gone, come):
        return [Reason(name, "typo", _was_is(gone, come))]
    return [Reason(name, "wording", _was_is(gone, come))]


def _figures(text: str) -> Counter[str]:
    numbers = (
        f"{m[1].replace(',', '.')} {(m[2] or '').casefold().rstrip('s')}".strip() for m in _NUMBER.finditer(text)
    )
    return Counter([*numbers, *(m[0].casefold() for m in _SPELLED.finditer(text))])


def _duties(text: str) -> Counter[str]:
    return Counter(" ".join(m[0].casefold().split()) for m in _DUTY.finditer(text))


def _roles(text: str) -> Counter[str]:
    """Roles named, each once: naming one twice gives nobody a further duty."""
    found = (" ".join(w for w in m[1].casefold().split() if w not in _FILLER) for m in _ROLE.finditer(text))
    return Counter(dict.fromkeys((one.split()[-1] if len(one.split()) > 2 else one for one in found), 1))


def _words(text: str) -> Counter[str]:
    return Counter(w for w in (m[0].casefold() for m in _WORD.finditer(text)) if w not in _FILLER)


def _difference(old: Counter[str], new: Counter[str]) -> tuple[list[str], list[str]]:
    return sorted((old - new).elements()), sorted((new - old).elements())


def _all_typos(gone: list[str], come: list[str]) -> bool:
    """Each word that went has one that came, one or two letters apart, and neither bears a figure."""
    if len(gone) != len(come):
        return False
    left = list(come)
    for word in gone:
        allowed = 1 if len(word) < 8 else 2
        near = [o for o in left if DamerauLevenshtein.distance(word, o) <= allowed and min(len(word), len(o)) > 3]
        if not near or any(c.isdigit() for c in word + near[0]):
            return False
        left.remove(near[0])
    return True


def _was_is(gone: list[str], come: list[str]) -> str:
    if gone and come:
        return f"was {_list(gone)}, is {_list(come)}"
    return f"new: {_list(come)}" if come else f"gone: {_list(gone)}"


def _list(words: list[str]) -> str:
    shown = list(dict.fromkeys(words))
    more = f" and {len(shown) - 6} more" if len(shown) > 6 else ""
    return ", ".join(f"“{one}”" for one in shown[:6]) + more


def _name(clause: PolicyClause) -> str:
    return " ".join(part for part in (clause.number, clause.heading) if part) or clause.id


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:119].rstrip()}…"


def _has_words(text: str) -> bool:
    return any(c.isalnum() for c in text)
