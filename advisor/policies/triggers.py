"""Which policy an item of a brief concerns: rules over exploited, ransomware, whose, exposed, kind (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from pydantic import Field

from knowledge.records.asset import Asset
from knowledge.records.base import Record
from knowledge.records.brief import BriefItem
from knowledge.records.policy import PolicyClause, PolicyText
from knowledge.records.triage import SubjectKind, VerdictKind
from knowledge.search.sentences import sentences


class When(Record):
    """What must hold of an item; a field that is not given asks nothing."""

    kev: bool = False
    ransomware: bool = False
    subject: SubjectKind | None = None
    exposed: bool = False
    verdicts: tuple[VerdictKind, ...] = ()
    words: tuple[str, ...] = ()


class TriggerRule(Record):
    """What an item of one kind asks of the policy on one topic."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    topic: str
    heading: str
    when: When
    already: tuple[tuple[str, ...], ...] = Field(min_length=1)
    anchor: str
    sentence: str
    evidence: str
    requirements: tuple[str, ...] = Field(min_length=1)
    reason: str


@dataclass(frozen=True)
class ItemFacts:
    """What of an item the rules look at."""

    kev: bool
    ransomware: bool
    subjects: frozenset[SubjectKind]
    exposed: bool
    verdicts: frozenset[VerdictKind]
    text: str


@cache
def rules() -> tuple[TriggerRule, ...]:
    """The shipped rules, in order."""
    text = files("advisor.policies").joinpath("data", "triggers.yaml").read_text(encoding="utf-8")
    return tuple(TriggerRule.model_validate(row) for row in yaml.safe_load(text)["rules"])


def facts_of(item: BriefItem, assets: Mapping[str, Asset]) -> ItemFacts:
    """The facts of an item that concerns the client.

    Args:
        assets: the client's, by id.
    """
    touched = [one for one in item.verdicts if one.kind in ("affected", "version-unknown", "vendor-only")]
    of_assets = [one.match.subject_id for one in touched if one.match.subject_kind == "asset"]
    exposed = any(assets[i].exposure == "internet" for i in of_assets if i in assets)
    words = (item.headline, item.topic, item.what, *item.why_you, *(link.title for link in item.sources))
    return ItemFacts(
        kev=bool(item.basis.in_kev) or (item.priority is not None and item.priority.inputs.in_kev == "yes"),
        ransomware=item.priority is not None and item.priority.ransomware,
        subjects=frozenset(one.match.subject_kind for one in touched),
        exposed=exposed,
        verdicts=frozenset(one.kind for one in touched),
        text=" ".join(words).casefold(),
    )


def applying(facts: ItemFacts, known: Collection[TriggerRule] | None = None) -> tuple[TriggerRule, ...]:
    """The rules that an item meets, in order; of two on one topic the first."""
    found: dict[str, TriggerRule] = {}
    for rule in rules() if known is None else known:
        if rule.topic not in found and _holds(rule.when, facts):
            found[rule.topic] = rule
    return tuple(found.values())


def _holds(when: When, facts: ItemFacts) -> bool:
    if (when.kev and not facts.kev) or (when.ransomware and not facts.ransomware):
        return False
    if (when.exposed and not facts.exposed) or (when.subject is not None and when.subject not in facts.subjects):
        return False
    if when.verdicts and not facts.verdicts & set(when.verdicts):
        return False
    return bool(facts.subjects) and (not when.words or any(_pattern(word).search(facts.text) for word in when.words))


def says_already(rule: TriggerRule, text: PolicyText) -> PolicyClause | None:
    """The clause that has what the rule asks for: one sentence with a word of each group."""
    for clause in text.clauses:
        for sentence in sentences(f"{clause.heading}. {clause.text}"):
            folded = sentence.casefold()
            if all(any(_pattern(word).search(folded) for word in group) for group in rule.already):
                return clause
    return None


@cache
def _pattern(word: str) -> re.Pattern[str]:
    end = "" if word.endswith("*") else r"(?!\w)"
    return re.compile(r"(?<!\w)" + re.escape(word.casefold().rstrip("*")) + end)
