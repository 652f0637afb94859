"""A model rewords clauses; each wording is held against its clause and dropped where it says another thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from advisor.grounding.entities import facts, missing, unknown_ids
from advisor.grounding.polarity import disagreement, negated
from advisor.grounding.strength import CONDITION, overstatement
from advisor.grounding.text import safe
from advisor.grounding.words import content
from advisor.llm.interface import AskedModel, ModelFailedError
from advisor.llm.spotlight import DataBlock
from knowledge.errors import ModelError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.policy import PolicyClause
from knowledge.search.sentences import sentences

PROMPT = "policy-clause"
_SHORTEST, _LONGEST = 0.6, 1.6
"""Length of a wording against its clause; outside, something was dropped or added."""
_SHARED = 0.6
"""Share of the clause's words of meaning that a wording keeps, and of its own that the clause or the client has."""
_STANDING = re.compile(
    r"\b(?:approved by|is approved|has been approved|signed off|in force|published)\b", re.IGNORECASE
)
_NAME = re.compile(r"\b[A-Z][\w-]*\d[\w-]*|\b[A-Z]{2,}[\w-]*|(?<=[a-z,;] )[A-Z][a-z]{2,}\w*")


class Rewording(BaseModel):
    """What a model replies."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    """The clause in other words."""


@dataclass(frozen=True)
class Worded:
    """Texts by clause id, what was dropped and why, and who worded."""

    texts: Mapping[str, str]
    dropped: Mapping[str, str]
    model: str
    prompt: str


def reword(
    clauses: Sequence[PolicyClause],
    own: Mapping[str, str],
    model: AskedModel,
    *,
    client_name: str,
    catalogue: Catalogue,
    now: datetime,
    on_step: Callable[[int, int], None] | None = None,
) -> Worded:
    """Asks for each clause once and keeps the wordings that pass every check.

    Args:
        clauses: what to reword.
        own: by clause id, the client's text on the same subject, where there is one.
        on_step: called with done and total.

    A model that fails or is over its cap leaves the rest as they are, with the reason.
    """
    texts: dict[str, str] = {}
    dropped: dict[str, str] = {}
    prompt = ""
    for number, clause in enumerate(clauses):
        if on_step:
            on_step(number, len(clauses))
        theirs = own.get(clause.id, "")
        blocks = {
            "clause": DataBlock("CLAUSE", clause.heading, tuple(sentences(clause.text))),
            "own": DataBlock("OWN", "the client's text", tuple(sentences(theirs))[:20]),
        }
        try:
            proposed = model.propose(Rewording, PROMPT, {"client": client_name, **blocks}, now=now)
        except ModelFailedError as error:
            dropped[clause.id] = error.message
            continue
        except ModelError as error:
            dropped.update({one.id: error.message for one in clauses[number:]})
            break
        prompt = proposed.run.prompt
        text = " ".join(safe(proposed.value.text).split())
        fault = fault_of(text, clause, theirs, catalogue)
        if fault:
            dropped[clause.id] = fault
        elif text != clause.text:
            texts[clause.id] = text
    return Worded(texts, dropped, model.name, prompt)


def fault_of(text: str, clause: PolicyClause, own: str, catalogue: Catalogue) -> str:
    """Why a wording may not stand in for a clause; empty where nothing speaks against it. Pure."""
    if not _SHORTEST * len(clause.text) <= len(text) <= _LONGEST * len(clause.text):
        return "it is much shorter or longer than the clause"
    if _STANDING.search(text) and not _STANDING.search(clause.text):
        return "it speaks of approval, which only a person gives"
    there = f"{clause.heading} {clause.text} {own}".casefold()
    if named := [name for name in _NAME.findall(text) if name.casefold() not in there]:
        return "it names " + ", ".join(dict.fromkeys(named))
    return (
        _facts_fault(text, clause, catalogue)
        or _in_own_words(disagreement(text, tuple(sentences(clause.text))), "the wording", "the clause")
        or _denials_fault(text, clause)
        or _strength_fault(text, clause)
        or _words_fault(text, clause, own)
    )


def _facts_fault(text: str, clause: PolicyClause, catalogue: Catalogue) -> str:
    before, known = facts(f"{clause.heading}. {clause.text}", catalogue=catalogue)
    after, mentions = facts(f"{clause.heading}. {text}", catalogue=catalogue)  # the heading stays
    if lost := missing(before, after, f"{clause.heading}. {text}"):
        return "it leaves out " + ", ".join(one.said for one in lost)
    if added := missing(after, before, f"{clause.heading}. {clause.text}"):
        return "it adds " + ", ".join(one.said for one in added)
    own = unknown_ids(known)
    if unknown := [one for one in unknown_ids(mentions) if one not in own]:
        return "; ".join(unknown)
    return "it names requirements that the clause does not" if len(mentions) > len(known) else ""


def _denials_fault(text: str, clause: PolicyClause) -> str:
    """A duty that says no is easily lost among others that do not; so they are counted."""
    ours, theirs = (sum(negated(one) for one in sentences(said)) for said in (clause.text, text))
    if ours == theirs:
        return ""
    return f"it says no in {theirs} sentences where the clause does in {ours}"


def _strength_fault(text: str, clause: PolicyClause) -> str:
    """Modality, scope, conditions, boundaries and periods, held both ways: a wording says neither more nor less."""
    before, after = tuple(sentences(clause.text)), tuple(sentences(text))
    for one in after:
        if said := overstatement(one, before):
            return _in_own_words(said, "the wording", "the clause")
    for one in before:
        if said := overstatement(one, after):
            return _in_own_words(said, "the clause", "the wording")
    kept, given = (bool(CONDITION.search(one)) for one in (clause.text, text))
    if kept == given:
        return ""
    return "it leaves out a condition of the clause" if kept else "it adds a condition to the clause"


def _in_own_words(said: str, one: str, other: str) -> str:
    return said.replace("the claim", one).replace("what it cites", other).replace("its source", other)


def _words_fault(text: str, clause: PolicyClause, own: str) -> str:
    theirs, ours = set(content(text)), set(content(clause.text))
    if ours and len(ours & theirs) / len(ours) < _SHARED:
        return "it leaves out more than it keeps"
    known = ours | set(content(own)) | set(content(clause.heading))
    if theirs and len(theirs & known) / len(theirs) < _SHARED:
        return "it says more than the clause"
    for sentence in sentences(text):
        said = set(content(sentence))
        if said and len(said & known) / len(said) < 0.5:
            return "a sentence of it says what the clause does not"
    return ""
