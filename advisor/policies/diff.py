"""What differs between two texts: word by word inside a clause, clause by clause inside a policy (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from knowledge.records.policy import PolicyClause, PolicySection, PolicyText
from knowledge.records.proposal import HunkKind

SpanKind = Literal["same", "del", "ins"]

_TOKEN = re.compile(r"\s+|\w+(?:[-'’.]\w+)*|[^\w\s]")
_MIN_SAME = 2
"""Words between two changes that are kept apart; fewer are taken into the change, or a reader sees confetti."""
_MAX_TOKENS = 4_000


@dataclass(frozen=True)
class Span:
    """A stretch of text that stays, goes or comes."""

    kind: SpanKind
    text: str


def word_spans(old: str, new: str) -> tuple[Span, ...]:
    """How `old` becomes `new`; the spans that stay or go make up `old`, those that stay or come make up `new`."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(before) + len(after) > _MAX_TOKENS:
        return tuple(span for span in (Span("del", old), Span("ins", new)) if span.text)
    pieces: list[tuple[str, str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        pieces.append((tag, "".join(before[i1:i2]), "".join(after[j1:j2])))
    spans: list[Span] = []
    gone, come = "", ""
    for at, (kind, was, now) in enumerate(pieces):
        inner = 0 < at < len(pieces) - 1
        if kind == "equal" and not (inner and (gone or come) and _is_small(was)):
            spans += [Span("del", gone), Span("ins", come), Span("same", was)]
            gone, come = "", ""
        else:
            gone, come = gone + was, come + now
    spans += [Span("del", gone), Span("ins", come)]
    return tuple(span for span in _outer_blanks(spans) if span.text)


def _is_small(text: str) -> bool:
    return len(text.split()) < _MIN_SAME and not re.search(r"[.;:!?]\s", text)


def _outer_blanks(spans: list[Span]) -> list[Span]:
    """Blanks that a deletion and the insertion behind it share at their ends stay."""
    found: list[Span] = []
    at = 0
    while at < len(spans):
        span = spans[at]
        following = spans[at + 1] if at + 1 < len(spans) else None
        if span.kind == "del" and following is not None and following.kind == "ins" and span.text and following.text:
            old, new = span.text, following.text
            lead = _shared_blank(old, new)
            tail = _shared_blank(old[::-1], new[::-1]) if len(old) > lead and len(new) > lead else 0
            found += [
                Span("same", old[:lead]),
                Span("del", old[lead : len(old) - tail]),
                Span("ins", new[lead : len(new) - tail]),
                Span("same", old[len(old) - tail :]),
            ]
            at += 2
        else:
            found.append(span)
            at += 1
    return _joined(found)


def _shared_blank(old: str, new: str) -> int:
    count = 0
    while count < min(len(old), len(new)) and old[count] == new[count] and old[count].isspace():
        count += 1
    return count


def _joined(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if found and found[-1].kind == span.kind:
            found[-1] = Span(span.kind, found[-1].text + span.text)
        else:
            found.append(span)
    return found


@dataclass(frozen=True)
class ClauseChange:
    """One clause or heading that two texts have differently."""

    kind: HunkKind
    section: str
    """Heading of the section, with its number."""
    number: str
    heading: str
    spans: tuple[Span, ...]
    clause: str
    """Id of the clause, or of the section where a heading changed."""


def text_changes(old: PolicyText, new: PolicyText) -> tuple[ClauseChange, ...]:
    """The clauses and headings that differ, in the order of the new text, deletions where they stood."""
    before = {clause.id: clause for clause in old.clauses}
    after = {clause.id for clause in new.clauses}
    changes: list[ClauseChange] = []
    if old.title != new.title:
        changes.append(ClauseChange("replace", "", "", "Title", word_spans(old.title, new.title), "title"))
    old_sections = {section.id: section for section in old.sections}
    for section in new.sections:
        label = section_label(section)
        earlier = old_sections.get(section.id)
        if earlier is not None and section_label(earlier) != label:
            changes.append(
                ClauseChange("replace", label, "", "", word_spans(section_label(earlier), label), section.id)
            )
        gone = [clause for clause in earlier.clauses if clause.id not in after] if earlier else []
        changes += [_change("delete", label, clause, written(clause), "") for clause in gone]
        for clause in section.clauses:
            known = before.get(clause.id)
            if known is None:
                changes.append(_change("insert", label, clause, "", written(clause)))
            elif written(known) != written(clause):
                changes.append(_change("replace", label, clause, written(known), written(clause)))
    kept = {section.id for section in new.sections}
    for section in old.sections:
        if section.id not in kept:
            lost = [clause for clause in section.clauses if clause.id not in after]
            changes += [_change("delete", section_label(section), clause, written(clause), "") for clause in lost]
    return tuple(changes)


def section_label(section: PolicySection) -> str:
    """A section's heading with its number, once."""
    if section.number and not section.heading.startswith(section.number):
        return f"{section.number} {section.heading}".strip()
    return section.heading


def written(clause: PolicyClause) -> str:
    """A clause as a reader sees it: heading, then text."""
    return f"{clause.heading.rstrip('.')}. {clause.text}" if clause.heading else clause.text


def _change(kind: HunkKind, section: str, clause: PolicyClause, old: str, new: str) -> ClauseChange:
    return ClauseChange(kind, section, clause.number, clause.heading, word_spans(old, new), clause.id)
