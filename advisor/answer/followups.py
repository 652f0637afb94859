"""Rewrites a follow-up question so that it stands alone, from the turns before it and without a model (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.answer.questions import Question
from knowledge.frameworks.mentions import find_ids
from knowledge.frameworks.schemes import name_pattern, named_frameworks

_OPENING = re.compile(
    r"^\s*(?:and|but|so|ok(?:ay)?|also|then)?[\s,]*(?:what|how) about\s+|^\s*(?:and|but|also|same)\s+(?:(?:what|how) )?"
    r"(?:for|in|under|with|about|on|of)?\s*",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"^\s*(?:and|but|so|also|then|ok(?:ay)?)[\s,]+(?:does|do|did|is|are|can|must|should|may|has|have"
    r"|(?:what|which|who|when|where|how (?:long|many|much|often|fast|soon|far|old))"
    r"(?! (?:about|for|in|under|with|on|of)\b))\b",
    re.IGNORECASE,
)
"""A question of its own behind a joining word: `and how long are backups kept?`"""
_PRONOUN = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|the same|there|the former|the latter|one)\b", re.I
)
_FRESH = re.compile(
    r"\b(?:it is|that is|there is|there are|is there|are there|is it (?:true|possible)|that (?:we|our|the|a)\b)", re.I
)
_LEAD = re.compile(r"^(?:the|a|an|our|for|in|under|about|of|on|with)\s+", re.IGNORECASE)
MAX_WORDS = 9
"""A longer question than this is taken as whole unless it points back with a pronoun and names nothing itself."""


def standalone(text: str, read: Question, before: Sequence[Question]) -> str:
    """A follow-up with what it leaves out filled in from the last question that named something.

    Args:
        text: what was typed.
        read: the same, taken apart on its own.
        before: the questions of the conversation as they were answered (rewritten), oldest first.

    Returns:
        The rewritten question, or an empty text where it stands alone or nothing can be filled in.
    """
    last = next((one for one in reversed(before) if one.about or one.cves or _ids(one)), None)
    if last is None or read.cves or read.elsewhere:
        return ""
    opening = None if _WHOLE.match(text) else _OPENING.match(text)
    rest = text[opening.end() :].strip(" ?.!") if opening and opening.end() else ""
    if (
        rest
        and len(rest.split()) <= MAX_WORDS
        and not re.match(r"(?:what|which|how|who|when|where|does|do|is|are)\b", rest, re.I)
    ):
        return _exchanged(rest, read, last)
    pointing = _PRONOUN.search(_FRESH.sub(" ", text))
    if pointing and not (read.named or read.unknown):
        return _filled(text, read, last)
    if not read.about and not _ids(read) and len(text.split()) <= MAX_WORDS and _subject(last):
        return f"{text.rstrip(' ?.!')} {_subject(last)}?"
    return ""


def _ids(read: Question) -> bool:
    """Whether a question names a requirement, known or not."""
    return bool(read.named or read.unknown or read.withdrawn or read.ambiguous)


def _exchanged(rest: str, read: Question, last: Question) -> str:
    """The last question with the new framework, id or topic in the place of the old one."""
    rest = _LEAD.sub("", rest)
    old = last.text.rstrip(" ?.!")
    if read.frameworks and not read.about and not read.named:
        for framework in last.frameworks:
            old = name_pattern(framework).sub("", old)
        old = re.sub(r"\s+(?:under|in|of|for|by)\s*$|\s+(?=\s)", "", old).rstrip()
        return f"{old} in {rest}?"
    if _ids(read):
        mentions = find_ids(old)
        if mentions:
            first = mentions[0]
            return f"{old[: first.start]}{rest}{old[first.end :]}?"
        return f"{old} {rest}?"
    spoken = [concept.said for concept in last.about if re.search(rf"\b{re.escape(concept.said)}\b", old)]
    if spoken:
        # From the first to the last thing it was about: what stands between them goes too.
        start = min(old.index(said) for said in spoken[-1:])
        end = start + len(spoken[-1])
        return f"{old[:start]}{rest}{old[end:]}?"
    return f"{old} {rest}?"


def _filled(text: str, read: Question, last: Question) -> str:
    """The pronoun replaced by what the last question was about."""
    subject = _subject(last)
    if not subject:
        return ""
    if (
        read.about
        and len(read.about) >= 2
        and not re.search(r"\b(?:it|they|them|this|these|those)\b", text, re.IGNORECASE)
    ):
        return ""
    plain = _PRONOUN.sub(
        lambda hit: f"{subject}'s" if hit[0].casefold() in {"its", "their"} else subject, text, count=1
    )
    framework = "" if named_frameworks(text) or last.named else _framework(last)
    return f"{plain.rstrip(' ?.!')}{framework}?"


def _subject(last: Question) -> str:
    if last.cves:
        return " and ".join(last.cves[:2])
    if last.named:
        return " and ".join(match.label for match in last.named[:2])
    return " ".join(concept.said for concept in last.about)


def _framework(last: Question) -> str:
    if not last.frameworks:
        return ""
    hits = [hit[0] for i in last.frameworks if (hit := name_pattern(i).search(last.text))]
    return f" in {' and '.join(hits)}" if hits else ""
