"""Reads a question without a model: what kind it is, which ids, frameworks and documents it names, what it is about."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from advisor.answer import patterns
from advisor.grounding.words import Concept, concepts
from knowledge.frameworks.asked import find_asked
from knowledge.frameworks.catalogue import Catalogue, Match
from knowledge.frameworks.ids import Ambiguous, Known, Unknown, Withdrawn
from knowledge.frameworks.mentions import Mention
from knowledge.records.base import CveId

Wanted = Literal["", "who", "name", "money", "count", "size", "day"]
NIST = ("nist-csf-2.0", "nist-sp-800-53-r5", "nist-sp-800-171-r3")
Kind = Literal["requirement", "crosswalk", "compare", "owed", "coverage", "documents", "general", "news"]
"""What shape the answer takes; a deadline is an aspect of any of them."""


@dataclass(frozen=True)
class Question:
    """A question as code understands it."""

    text: str
    kind: Kind
    about: tuple[Concept, ...]
    """What it is about, names of frameworks and ids left out."""
    named: tuple[Match, ...] = ()
    """Requirements that it names and the catalogue knows."""
    withdrawn: tuple[Withdrawn, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    frameworks: tuple[str, ...] = ()
    """Ids of the frameworks here that it names."""
    not_shipped: tuple[str, ...] = ()
    """Frameworks that it names and that are not here."""
    ours: bool = False
    """It asks for the client's own rules."""
    documents: tuple[str, ...] = ()
    """Titles of the client's documents that it names."""
    deadline: bool = False
    """It asks for a figure: how fast, how often, how long."""
    wants: Wanted = ""
    """What an answer must have; a time or a rhythm is `deadline`."""
    elsewhere: tuple[str, ...] = ()
    """What it asks to be searched besides this client's place, as it says it."""
    foreign_only: bool = False
    """It asks for the documents of somebody else, and not for this client's as well."""
    cves: tuple[CveId, ...] = ()
    """CVE ids that it names, in capitals, each once."""
    techniques: tuple[str, ...] = ()
    """Techniques of ATT&CK that it names, in capitals."""
    days: int = 0
    """How many days back it asks for, where it asks for the news of some; 0: no such limit."""
    topic: str = field(default="", compare=False)
    """The text without names of frameworks, ids and glue: what to search for."""


def read_question(
    text: str,
    *,
    catalogue: Catalogue,
    own_names: Collection[str] = (),
    other_names: Collection[str] = (),
    document_titles: Collection[str] = (),
    scope: Collection[str] = (),
) -> Question:
    """A question taken apart.

    Args:
        text: what was asked, standing alone.
        catalogue: where ids are looked up.
        own_names: how the client is called (name and id).
        other_names: names and ids of the home's other clients.
        document_titles: titles of the client's documents; naming one asks for the client's own rules.
        scope: ids of the client's frameworks: of several with the same id, the one among these is meant.
    """
    mentions = find_asked(text, catalogue=catalogue, scope=scope, alone=_says_nothing)
    names = (*catalogue.names_in(text), *_brought(text, catalogue))
    frameworks = catalogue.each_once(names) or _by_publisher(text, mentions)
    away = [hit for hit in patterns.NOT_SHIPPED.finditer(text) if not _covered(hit.span(), names)]
    shipped_away = tuple(dict.fromkeys(hit[0] for hit in away))
    elsewhere, foreign_only = _elsewhere(text, catalogue, own_names, other_names, document_titles)
    bare = _without(text, [*((m.start, m.end) for m in mentions), *((start, end) for start, end, _ in names)])
    bare = _without_names(bare, (*own_names, *other_names))
    topic = " ".join(patterns.NOISE.sub(" ", patterns.TECHNIQUE.sub(" ", patterns.CVE.sub(" ", bare))).split())
    named = tuple({m.result.label: m.result.match for m in mentions if isinstance(m.result, Known)}.values())
    withdrawn = tuple(m.result for m in mentions if isinstance(m.result, Withdrawn))
    about = concepts(topic)
    ours = bool(patterns.OURS.search(text)) or any(_says(text, title) for title in document_titles)
    read = Question(
        text=text,
        kind="general",
        about=about,
        named=named,
        withdrawn=withdrawn,
        unknown=tuple(m.result for m in mentions if isinstance(m.result, Unknown)),
        ambiguous=tuple(m.result for m in mentions if isinstance(m.result, Ambiguous)),
        frameworks=frameworks,
        not_shipped=shipped_away,
        ours=ours,
        documents=tuple(title for title in document_titles if _says(text, title)),
        deadline=bool(patterns.DEADLINE.search(text)),
        wants=_wanted(text),
        elsewhere=elsewhere,
        foreign_only=foreign_only,
        cves=tuple(dict.fromkeys(f"CVE-{hit[1]}-{hit[2]}" for hit in patterns.CVE.finditer(text))),
        techniques=tuple(dict.fromkeys(hit[0].upper() for hit in patterns.TECHNIQUE.finditer(text))),
        days=next((days for pattern, days in patterns.WINDOWS if pattern.search(text)), 0),
        topic=topic,
    )
    return replace(read, kind=_kind(read))


def _says_nothing(rest: str) -> bool:
    return not concepts(patterns.NOISE.sub(" ", rest))


def _wanted(text: str) -> Wanted:
    """What kind of thing a question asks for, where that can be told from its form."""
    forms: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
        ("who", patterns.WHO),
        ("size", patterns.SIZE_ASKED),
        ("money", patterns.MONEY_ASKED),
        ("count", patterns.COUNT_ASKED),
        ("day", patterns.EVENT_ASKED),
        ("name", patterns.NAME_OF),
    )
    found = next((kind for kind, pattern in forms if pattern.search(text)), None)
    if found is None or (found == "money" and patterns.NO_AMOUNT.match(text)):
        return ""
    return found


def _by_publisher(text: str, mentions: tuple[Mention, ...]) -> tuple[str, ...]:
    """What a publisher's bare name means: ISO the standard that is here, a NIST control the catalogue of controls."""
    if mentions or patterns.NOT_SHIPPED.search(text):
        return ()
    if patterns.ISO.search(text):
        return ("iso-27001-2022",)
    if not patterns.NIST.search(text):
        return ()
    return ("nist-sp-800-53-r5",) if re.search(r"\bcontrols?\b", text, re.IGNORECASE) else NIST


def _kind(read: Question) -> Kind:
    text, ours, about = read.text, read.ours, read.about
    if read.cves or patterns.NEWS.search(text):
        return "news"
    if read.techniques and not (ours and about):
        return "crosswalk"
    ids = len(read.named) + len(read.withdrawn)
    homes = {match.framework.id for match in read.named}
    sides = len({*read.frameworks, *homes})
    if ids and patterns.CROSSWALK.search(text):
        return "crosswalk"
    if patterns.COMPARE.search(text) and (ids >= 2 or sides >= 2 or (ours and (ids or read.frameworks))):
        return "compare"
    if ids and sides > len(homes) and not about:
        return "crosswalk"  # "AC-2 in ISO 27001?"
    if patterns.OWED.search(text) and (read.frameworks or ids or ours or not about):
        return "owed"
    if ids and not (ours and about):
        return "requirement"
    state = patterns.STATE.search(text) and not patterns.DUTY.search(text)
    if (ours or state) and not read.frameworks:
        return "documents"
    if patterns.WE.search(text) and not read.frameworks:
        return "general"
    return "coverage" if patterns.COVERAGE.search(text) or (read.frameworks and not ours) else "general"


def _elsewhere(
    text: str,
    catalogue: Catalogue,
    own_names: Collection[str],
    other_names: Collection[str],
    titles: Collection[str],
) -> tuple[tuple[str, ...], bool]:
    found = [hit[0] for hit in patterns.ELSEWHERE.finditer(text)]
    named = [name for name in other_names if _says(text, name)]
    own = any(_says(text, name) for name in own_names)
    for hit in patterns.POSSESSIVE.finditer(text):
        owner = hit[1]
        known = catalogue.named(owner) or patterns.NOT_SHIPPED.search(owner) or patterns.NO_OWNER.fullmatch(owner)
        mine = any(_says(name, owner) or _says(owner, name) for name in own_names)
        paper = patterns.PAPER.search(text, hit.end(), hit.end() + 60)
        if paper and not known and not mine and not any(_says(title, owner) for title in titles):
            named.append(owner)
    shared = own or patterns.ALSO.search(text) or patterns.MINE.search(text)
    return tuple(dict.fromkeys((*found, *named))), bool(named) and not shared


def _says(text: str, name: str) -> bool:
    return bool(name) and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))


def _brought(text: str, catalogue: Catalogue) -> tuple[tuple[int, int, str], ...]:
    """Where a text names a framework that does not come with the product and that a user brought: TISAX, BSI C5."""
    return tuple(
        (*hit.span(), pack.id)
        for hit in (patterns.NOT_SHIPPED.finditer(text) if catalogue.own else ())
        for pack in catalogue.own
        if _says(f"{pack.framework.title} {pack.id.replace('-', ' ')}", hit[0])
    )


def _covered(span: tuple[int, int], names: Collection[tuple[int, int, str]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end, _ in names)


def _without(text: str, spans: Collection[tuple[int, int]]) -> str:
    rest = text
    for start, end in spans:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return patterns.NOT_SHIPPED.sub(" ", rest)


def _without_names(text: str, names: Collection[str]) -> str:
    rest = text
    for name in names:
        rest = re.sub(rf"(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)", " ", rest, flags=re.IGNORECASE) if name else rest
    return rest
