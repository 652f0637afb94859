"""Finds requirement ids in running text: in questions, to retrieve by them, and in answers, to check them (pure)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from knowledge.frameworks.catalogue import Catalogue, key, shipped
from knowledge.frameworks.ids import Known, Lookup, Unknown, lookup_in
from knowledge.frameworks.schemes import ARTICLE, SCHEMES

NIST = ("nist-sp-800-53-r5", "tx-ramp")
EU = tuple(i for i, scheme in SCHEMES.items() if scheme.prefixes == ARTICLE)
ANNEXES = ("iso-27001-2022", "soc2-tsc-2017-rev2022", "pci-dss-4.0.1")

FAMILIES = "AC|AT|AU|CA|CM|CP|IA|IR|MA|MP|PE|PL|PM|PS|PT|RA|SA|SC|SI|SR"
_NUMBER = r"\d{1,2}(?:\.\d{1,2}){1,3}(?![\w-]|\.\d)"
_WORD = r"(?:controls?|safeguards?|requirements?|reqs?\.?|(?:sub-?)?clauses?|criteri(?:on|a))"
_ITEM = rf"(?:\b{_WORD}\s{{1,3}})?(?<![\w.-]){_NUMBER}"
# Repetitions are bounded: a text of a hundred thousand commas must not be tried from every start to the end.
_LIST = rf"{_ITEM}(?:\s?(?:,\s?and|,\s?or|,|;|/|&|\band|\bor)\s{{0,3}}{_ITEM}){{0,20}}"
_LEAD = re.compile(r"[\s,:(]{0,3}$")
_TRAIL = re.compile(r"\s{1,3}(?:of|in|from)\s{1,3}(?:the\s{1,3})?")
_BEHIND = re.compile(r"\s{0,3}(?:\(|of\s{1,3}(?:the\s{1,3})?|in\s{1,3}(?:the\s{1,3})?)?")
_VERSION = re.compile(r"(?:\bversion|\bv|\brelease|\brev\.?)\s?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<!\bart)(?<!\babs)(?<!\blit)(?<!\brev)(?<!\breq)(?<!\bno)[.!?](?=\s)|\n", re.IGNORECASE)
MIN_ALONE = 5
"""Characters that an id of an imported framework has at least to be seen where nothing names the framework."""
NEAR = 160
"""Characters between the name of a framework and an id that it still speaks for, within a sentence."""

# Each id form that is recognised wherever it stands, the frameworks that write so, and whether an unknown one counts.
# A form that other things share (03.01.25 may be a day) counts only where the catalogue has it.
STRONG: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    (rf"(?i:\b(?:{FAMILIES})[-‑.]\d{{1,2}}(?!\d)(?:\.\d{{1,2}}(?![\d.])|\s?\(\d{{1,2}}\)){{0,3}}"
     r"(?:\s?\([a-z]\)(?!\w)){0,3}(?:_ODP(?:\[\d+\])?)?)(?!\w)", NIST, True),
    (r"\b(?:(?i:(?:GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{1,2})|(?:GV|ID|PR|DE|RS|RC)\.[A-Z]{2})(?![\w-])",
     ("nist-csf-2.0",), True),
    (r"\b(?:(?i:CC)\d|PI1|A1|C1|P[1-8])\.\d{1,2}(?![\w.])", (*ANNEXES[1:],), True),
    (r"\b(?:Annex\s+A[\s.]*\d{1,2}\.\d{1,2}(?:\.\d{1,2})?|A\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})?|A[5-8]\.\d{1,2})(?![\w.]?\d)",
     ("iso-27001-2022",), True),
    (r"(?<![\w.-])03\.\d{2}\.\d{2}(?![\w.]?\d)", ("nist-sp-800-171-r3",), False),
    (r"(?:§+\s?)?\b164\.\d{3}(?:\s?\((?:[A-Za-z]|\d{1,2}|[ivx]{2,4})\)){0,6}", ("hipaa-security-rule",), True),
    (r"\b(?i:Art(?:icles?|ikel|\.)?)\s?\d{1,3}(?:[,\s]{0,3}(?:(?i:paragraph|para|abs\.?|point|lit\.?|letter)\s{0,3})?"
     r"\((?:\d{1,2}|[a-z]|[ivx]{2,4})\)|\s(?i:abs\.?)\s?\d{1,2}|\s(?i:lit\.?)\s?[a-z]\b){0,6}", EU, True),
)  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """An id in a text, and what the catalogue says about it."""

    text: str
    """As it stands there."""
    start: int
    """Offset in characters."""
    end: int
    result: Lookup


def find_ids(text: str, *, catalogue: Catalogue | None = None) -> tuple[Mention, ...]:
    """Every requirement id that a text names, known or not, in order.

    A bare number (`4.1`) counts only beside the name of a framework or a word such as `safeguard` or `requirement`;
    otherwise versions and figures would be taken for ids.
    """
    known = catalogue or shipped()
    names = _names(text, known)
    # Of two readings of one place the first counts: a framework named beside it, the usual forms, any imported id.
    mine = tuple(_imported(text, names, known))
    found = [mention for near, mention in mine if near]
    found += [*_strong(text, names, known), *_bare(text, names, known)]
    found += [mention for near, mention in mine if not near]
    found.sort(key=lambda mention: (mention.start, -mention.end, isinstance(mention.result, Unknown)))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return tuple(kept)


def known_ids(mentions: Iterable[Mention]) -> tuple[tuple[str, str], ...]:
    """(framework id, requirement id) of the known ones, each once, in order."""
    found = {
        (mention.result.match.framework.id, mention.result.match.requirement.id): None
        for mention in mentions
        if isinstance(mention.result, Known)
    }
    return tuple(found)


@dataclass(frozen=True)
class _Names:
    """Where a text names frameworks: (start, end, id) by start, and the same by each edge."""

    spans: tuple[tuple[int, int, str], ...]
    starts: dict[int, str]
    ends: dict[int, str]

    def covers(self, place: int) -> bool:
        """Whether a place lies inside a name."""
        at = bisect_right(self.spans, place, key=lambda span: span[0]) - 1
        return at >= 0 and place < self.spans[at][1]


def _names(text: str, catalogue: Catalogue) -> _Names:
    spans = catalogue.names_in(text)
    return _Names(spans, {start: i for start, _, i in spans}, {end: i for _, end, i in spans})


def _strong(text: str, names: _Names, catalogue: Catalogue) -> Iterator[Mention]:
    here = {head.id for head in catalogue.heads}
    for pattern, places, unknown_too in _strong_patterns():
        for hit in pattern.finditer(text):
            near = _near(text, hit.start(), hit.end(), names)
            within = (near,) if near in places else tuple(i for i in places if i in here)
            result = lookup_in(hit.group(), within, catalogue=catalogue)
            if unknown_too or not isinstance(result, Unknown):
                yield Mention(hit.group(), hit.start(), hit.end(), result)


def _imported(text: str, names: _Names, catalogue: Catalogue) -> Iterator[tuple[bool, Mention]]:
    """Ids of imported frameworks, however they look (`ORP.1.A1`, `GOV-04`), and whether the framework is named."""
    own = catalogue.own
    for hit in _written().finditer(text) if own else ():
        said = hit.group().rstrip(".")
        steps = key(said)
        have = tuple(pack.id for pack in own if steps in catalogue.rows(pack.id))
        if not have or names.covers(hit.start()):
            continue
        near = _near(text, hit.start(), hit.start() + len(said), names)
        # Without the name of the framework a short id may be anything: P1, F-2.
        if near in have or (len(said) >= MIN_ALONE and not near):
            result = lookup_in(said, (near,) if near in have else have, catalogue=catalogue)
            yield near in have, Mention(said, hit.start(), hit.start() + len(said), result)


def _bare(text: str, names: _Names, catalogue: Catalogue) -> Iterator[Mention]:
    for listed in _lists().finditer(text):
        start, end = listed.span()
        if names.covers(end - 1):
            continue  # the edition of a framework: "CIS Controls 8.1"
        named = _beside(text, start, end, names)
        word = text[start : start + 14] if text[start].isalpha() else ""
        if not named and not word:
            continue
        near = named or _near(text, start, end, names)
        for hit in _numbers().finditer(text, start, end):
            typed = f"{word.split()[0]} {hit.group()}" if word else hit.group()
            result = lookup_in(typed, (near,) if near else (), catalogue=catalogue)
            if near or not isinstance(result, Unknown):
                yield Mention(hit.group(), hit.start(), hit.end(), result)
    for hit in _whole_controls().finditer(text):
        result = lookup_in(hit.group("number"), ("cis-controls-8.1",), catalogue=catalogue)
        if isinstance(result, Known):
            yield Mention(hit.group(), hit.start(), hit.end(), result)


def _beside(text: str, start: int, end: int, names: _Names) -> str:
    """The framework named right before a list of numbers, or behind it with `of`; empty when it is a version."""
    lead = _LEAD.search(text, max(0, start - 3), start)
    before = names.ends.get(lead.start() if lead else start, "")
    if before or _VERSION.search(text, max(0, start - 9), start):
        return before
    trail = _TRAIL.match(text, end)
    return names.starts.get(trail.end(), "") if trail else ""


def _near(text: str, start: int, end: int, names: _Names) -> str:
    """The framework named right behind a place, else the one named last before it in the same sentence."""
    behind = _BEHIND.match(text, end)
    if behind and behind.end() in names.starts:
        return names.starts[behind.end()]
    for _, stop, i in reversed(names.spans):
        if stop <= start:
            # "rev. 3" ends no sentence: what stands inside the name is not looked at.
            apart = start - stop > NEAR or _SENTENCE_END.search(text, stop, start)
            return "" if apart else i
    return ""


@cache
def _strong_patterns() -> tuple[tuple[re.Pattern[str], tuple[str, ...], bool], ...]:
    return tuple((re.compile(pattern), places, unknown_too) for pattern, places, unknown_too in STRONG)


@cache
def _written() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.-])(?=[\w.()-]{0,12}\d)(?=[\d.()-]{0,12}[A-Za-z])[A-Za-z0-9][\w.-]{1,30}(?:\(\w{1,4}\)){0,3}"
    )


@cache
def _lists() -> re.Pattern[str]:
    return re.compile(_LIST, re.IGNORECASE)


@cache
def _numbers() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){_NUMBER}")


@cache
def _whole_controls() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:CIS\s{1,3}(?:Critical\s{1,3}Security\s{1,3})?Control|CSC)\s{1,3}(?P<number>\d{1,2})(?![\w.]?\d)"
    )
