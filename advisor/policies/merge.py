"""What a wanted text has that a policy's own text does not say, as hunks in the policy's order and words (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from advisor.grounding.entities import quantities
from advisor.policies.likeness import SAID, SAME_SUBJECT, Weights, likeness, said_in, unsaid, weigh
from advisor.policies.text import free_id, is_row
from knowledge.records.answer import Citation
from knowledge.records.policy import PolicyClause, PolicySection, PolicyText
from knowledge.records.proposal import Hunk
from knowledge.search.sentences import sentences

_NUMBERED = re.compile(r"^(?P<prefix>(?:\d{1,3}\.)+)(?P<last>\d{1,3})$")
_SECTION_FITS = 0.12
"""From here on a clause goes into a section; below it gets one of its own."""

_PROSE = re.compile(
    r"^(?:\d[\d.]*\s+)?(?:purpose|scope|introduction|background|definitions?|glossary|references?|related|roles|history)\b",
    re.IGNORECASE,
)
"""Headings under which no rule goes."""

Reasoned = tuple[str, tuple[Citation, ...]]


@dataclass
class Merge:
    """What holding two texts against each other gave."""

    hunks: list[Hunk] = field(default_factory=list)
    mapping: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    """Clause id -> requirements that it meets and serves, for clauses that say what a wanted one says."""
    remarks: list[str] = field(default_factory=list)
    """Figures that differ; nothing is changed for them, a person decides."""


def merge(
    current: PolicyText,
    wanted: PolicyText,
    *,
    reason: Callable[[PolicyClause, PolicyClause | None], Reasoned],
    only: Collection[str] | None = None,
) -> Merge:
    """Hunks that add to `current` what `wanted` has and it does not say; its own words stay.

    Args:
        current: the policy as it is.
        wanted: the text that it is held against, such as a filled template.
        reason: why a wanted clause is needed, given the clause of `current` that speaks of the same, if any.
        only: ids of the wanted clauses to look at; None: all but the prose.
    """
    weights = weigh([*(_full(c) for c in current.clauses), *(_full(c) for c in wanted.clauses)])
    found = Merge()
    taken = {clause.id for clause in current.clauses}
    behind: dict[str, str] = {}
    grown: dict[str, str] = {}
    homes = _homes(current, wanted, weights)
    for section in wanted.sections:
        for clause in section.clauses:
            if (clause.kind == "text") if only is None else (clause.id not in only):
                continue
            own = homes.get(clause.id)
            if own is None:
                why, citations = reason(clause, None)
                home, made = _section_for(current, section, clause, weights)
                hunk = insertion(
                    home,
                    clause,
                    number=len(found.hunks) + 1,
                    new_section=made,
                    after=behind.get(home.id, ""),
                    taken=taken,
                    already=sum(h.section == home.id and h.kind == "insert" for h in found.hunks),
                    in_document=_in_document(current),
                )
                behind[home.id] = hunk.clause
                taken.add(hunk.clause)
                found.hunks.append(hunk.model_copy(update={"reason": why, "citations": citations}))
                continue
            said = " ".join((_full(own), *grown.get(own.id, "").splitlines()))
            missing = [
                one
                for one in unsaid(clause.text, said, weights)
                if not any(said_in(one, _full(c), weights) >= SAID + 0.2 for c in current.clauses)
            ]
            found.remarks += _figures(clause, own, weights)
            if not missing:
                found.mapping[own.id] = _added(found.mapping.get(own.id), clause.requirements, clause.partly)
                continue
            served = (*clause.requirements, *clause.partly)
            found.mapping[own.id] = _added(found.mapping.get(own.id), (), served)
            grounds = reason(clause, own)
            grown[own.id] = "\n".join((grown.get(own.id, ""), *missing))
            _grow(found.hunks, replacement(current, own, joined(own.text, missing), number=1), missing, clause, grounds)
    return found


def _homes(current: PolicyText, wanted: PolicyText, weights: Weights) -> Mapping[str, PolicyClause]:
    """The clause of the policy that speaks of what a wanted one speaks of: of the same id, else the most alike."""
    own = {clause.id: clause for clause in current.clauses}
    rules = [
        clause
        for clause in current.clauses
        if clause.kind != "text" or (clause.part is not None and not is_row(clause))
    ]
    homes: dict[str, PolicyClause] = {}
    for clause in wanted.clauses:
        if clause.id in own and own[clause.id].part is None:
            homes[clause.id] = own[clause.id]
            continue
        best = max(rules, key=lambda one: likeness(_full(one), _full(clause), weights), default=None)
        if best is not None and likeness(_full(best), _full(clause), weights) >= SAME_SUBJECT:
            homes[clause.id] = best
    return homes


def _grow(hunks: list[Hunk], change: Hunk, missing: Sequence[str], clause: PolicyClause, grounds: Reasoned) -> None:
    """Sentences behind a clause; several wanted clauses that go to one make one hunk."""
    why, citations = grounds
    known = next((n for n, hunk in enumerate(hunks) if hunk.clause == change.clause and hunk.kind == "replace"), None)
    if known is not None:
        hunk = hunks[known]
        hunks[known] = hunk.model_copy(
            update={
                "new": joined(hunk.new, missing),
                "requirements": _once(hunk.requirements, clause.requirements),
                "partly": _once(hunk.partly, clause.partly),
                "reason": hunk.reason if why in hunk.reason else f"{hunk.reason} {why}",
                "citations": tuple(dict.fromkeys((*hunk.citations, *citations))),
            }
        )
        return
    hunks.append(
        change.model_copy(
            update={
                "number": len(hunks) + 1,
                "requirements": _once(change.requirements, clause.requirements),
                "partly": _once(change.partly, clause.partly),
                "evidence": change.evidence or clause.evidence,
                "reason": why,
                "citations": citations,
            }
        )
    )


def replacement(current: PolicyText, own: PolicyClause, new: str, *, number: int) -> Hunk:
    """A hunk that gives a clause another text; reason and citations are the caller's."""
    home = next(section for section in current.sections if own in section.clauses)
    return Hunk(
        number=number,
        kind="replace",
        clause=own.id,
        section=home.id,
        section_heading=home.heading,
        clause_number=own.number,
        heading=own.heading,
        old=own.text,
        new=new,
        block=own.kind,
        requirements=own.requirements,
        partly=own.partly,
        evidence=own.evidence,
        reason="",
    )


def insertion(
    home: PolicySection,
    clause: PolicyClause,
    *,
    number: int,
    taken: Collection[str],
    in_document: bool,
    new_section: bool = False,
    after: str = "",
    already: int = 0,
) -> Hunk:
    """A hunk that puts a clause into a section, numbered and headed as its neighbours are.

    Args:
        home: the section; with `new_section` one that is not there yet.
        number: of the hunk.
        taken: ids in use.
        in_document: the policy is the client's own document, whose paragraphs carry number and heading in their text.
        after: id of the clause behind which it goes; empty: at the end.
        already: insertions into the section so far, which take the next numbers.
    """
    shown, literal = _next_number(home, already)
    heading, text = clause.heading, clause.text
    if in_document:
        lead = f"{heading.rstrip('.')}. " if heading else ""
        heading, text = "", f"{shown} {lead}{text}" if literal else f"{lead}{text}"
    last = home.clauses[-1].id if home.clauses else ""
    return Hunk(
        number=number,
        kind="insert",
        clause=free_id(clause.id, taken),
        after="" if new_section else after or last,
        section=home.id,
        section_heading=home.heading,
        clause_number=shown,
        heading=heading,
        new=text,
        block=clause.kind,
        requirements=clause.requirements,
        partly=clause.partly,
        evidence=clause.evidence,
        reason="",
    )


def _next_number(home: PolicySection, already: int) -> tuple[str, bool]:
    """The number of the clause that comes next in a section, and whether the paragraphs there write theirs out."""
    for clause in reversed(home.clauses):
        found = _NUMBERED.match(clause.number)
        if found and home.number in ("", found["prefix"].rstrip(".")):
            shown = f"{found['prefix']}{int(found['last']) + 1 + already}"
            return shown, clause.text.startswith(clause.number)
    if home.number and home.clauses and any(clause.number for clause in home.clauses):
        return f"{home.number}, paragraph {len(home.clauses) + 1 + already}", False
    return "", False


def _section_for(
    current: PolicyText, section: PolicySection, clause: PolicyClause, weights: Weights
) -> tuple[PolicySection, bool]:
    """Where a clause that is new to the policy belongs; the flag says that the section has to be made."""
    same = next((one for one in current.sections if one.id == section.id and one.part is None), None)
    if same is not None:
        return same, False
    words = f"{section.heading} {section.heading} {_full(clause)}"
    best, score = None, 0.0
    for home in current.sections:
        if takes_rules(home):
            there = " ".join((home.heading, home.heading, *(_full(one) for one in home.clauses)))
            alike = likeness(words, there, weights)
            if alike > score:
                best, score = home, alike
    if best is not None and score >= _SECTION_FITS:
        return best, False
    taken = {one.id for one in current.sections}
    known = section.id if section.id not in taken else free_id(section.id, taken)
    return PolicySection(id=known, heading=section.heading, level=section.level), True


def takes_rules(section: PolicySection) -> bool:
    """Whether a rule may go into a section: it has some already, and is not purpose, scope or the like."""
    if _PROSE.match(section.heading):
        return False
    return any(one.kind != "text" or (one.part is not None and not is_row(one)) for one in section.clauses)


def _figures(clause: PolicyClause, own: PolicyClause, weights: Weights) -> list[str]:
    """Where the policy gives another figure for what a wanted sentence says."""
    remarks: list[str] = []
    for sentence in sentences(clause.text):
        theirs = max(sentences(own.text), key=lambda one: said_in(sentence, one, weights), default="")
        if not theirs or said_in(sentence, theirs, weights) < SAID:
            continue
        ours = {one.unit: one for one in quantities(sentence) if one.unit}
        for one in quantities(theirs):
            other = ours.get(one.unit)
            same = {q.value for q in quantities(sentence) if q.unit == one.unit}
            if other is not None and one.value not in same:
                where = own.number or own.heading or "a clause"
                remarks.append(f'{where} says "{one.said}" where our text for such a client says "{other.said}".')
                break
    return remarks


def joined(text: str, more: Sequence[str]) -> str:
    """Sentences behind a text."""
    body = text.rstrip()
    body += "" if body.endswith((".", ":", ";", "!", "?")) else "."
    return " ".join((body, *more))


def _full(clause: PolicyClause) -> str:
    return f"{clause.heading} {clause.text}"


def _in_document(text: PolicyText) -> bool:
    return any(clause.part is not None for clause in text.clauses)


def _added(
    known: tuple[tuple[str, ...], tuple[str, ...]] | None, met: Sequence[str], served: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before = known or ((), ())
    all_met = _once(before[0], met)
    return all_met, tuple(one for one in _once(before[1], served) if one not in all_met)


def _once(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*left, *right)))
