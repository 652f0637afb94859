"""Ids in a question as people type them in haste: forms that running text also uses for other things (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache

from knowledge.frameworks.catalogue import Catalogue, Match, key, shipped
from knowledge.frameworks.ids import ISO, Ambiguous, Known, Lookup, Unknown, lookup_in
from knowledge.frameworks.mentions import EU, FAMILIES, NIST, Mention, find_ids
from knowledge.frameworks.schemes import SCHEMES

_CLAUSE = re.compile(r"\b(?:sub-?)?(?:clauses?|sections?|chapters?)\b", re.IGNORECASE)
_CSF = "GV|ID|PR|DE|RS|RC"
_UNIT = r"(?!\w|\s?(?:hours?|days?|weeks?|months?|years?|minutes?|%|percent|times))"

# Each loose form, how what was found is spelled for the catalogue, and where it is looked up. Only ids that the
# catalogue has are taken: an unknown one in such a form is more likely no id at all.
LOOSE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (rf"\b(?P<a>{FAMILIES})[ \u2013\u2014]?(?P<b>\d{{1,2}}(?:\s?\(\d{{1,2}}\))?)(?![\w.-]|\s?%)", "{a}-{b}", NIST),
    (rf"(?i:\b(?P<a>{_CSF})[ .-]?(?P<b>[a-z]{{2}})[ .-]?(?P<c>\d{{1,2}}))(?![\w.-])", "{a}.{b}-{c}", ("nist-csf-2.0",)),
    (r"(?i:\bCC)\s?(?P<a>\d(?:\.\d{1,2})?)(?![\w.-])", "CC{a}", ("soc2-tsc-2017-rev2022",)),
    (r"(?i:\bCIS)\s(?i:controls?\s)?(?P<a>(?!8)\d|1[0-8])(?![\w.-])" + _UNIT, "{a}", ("cis-controls-8.1",)),
    (r"(?<=[a-z,;] )A (?P<a>[5-8]\.\d{1,2})(?![\w-]|\.\d)", "A.{a}", (ISO,)),
    (r"\bISO (?P<a>(?:A\.? ?)?\d{1,2}\.\d{1,2})(?![\w-]|\.\d)" + _UNIT, "{a}", (ISO,)),
    (r"(?i:\bPCI(?:[\s-]?DSS)?)\s(?i:req(?:uirement|\.)?\s)(?P<a>1[0-2]|[1-9])(?![\w.-])", "{a}", ("pci-dss-4.0.1",)),
)  # fmt: skip
_NUMBERED = r"\s(?:§\s?)?(?P<a>\d{1,2}(?:\s?\((?:\d{1,2}|[a-z]|[ivx]{2,4})\)){0,4})(?![\w.-])" + _UNIT
BARE = (
    re.compile(r"(?<![\w.-])[Aa][. ]?[5-8]\.\d{1,2}(?![\w-]|\.\d)"),
    re.compile(r"(?<![\w.-])\d{1,2}(?:\.\d{1,2}){1,3}(?![\w-]|\.\d)"),
    re.compile(rf"(?i:\b(?:{FAMILIES})[ .-]?\d{{1,2}})(?![\w.-])"),
)
"""Forms that count only in a question about nothing else: versions and figures are written so as well."""


def find_asked(
    text: str,
    *,
    catalogue: Catalogue | None = None,
    scope: Collection[str] = (),
    alone: Callable[[str], bool] = lambda rest: not rest.strip(),
) -> tuple[Mention, ...]:
    """Every requirement id that a question names, in the strict forms of `find_ids` and in loose ones.

    Args:
        text: one question; of longer text only the strict forms are to be trusted.
        catalogue: where ids are looked up; default the shipped packs.
        scope: ids of the client's frameworks; of several that have an id, the only one among these is meant.
        alone: whether the text around a bare number says nothing else, so that the number is what is asked about.
    """
    known = catalogue or shipped()
    named = sorted(
        (*find_ids(text, catalogue=known), *_loose(text, known)), key=lambda one: (one.start, one.start - one.end)
    )
    found: list[Mention] = []
    for mention in named:
        if not found or mention.start >= found[-1].end:
            found.append(mention)
    found = found or _bare(text, known, alone)
    return tuple(Mention(one.text, one.start, one.end, _meant(one.result, text, scope, known)) for one in found)


def _loose(text: str, catalogue: Catalogue) -> Iterator[Mention]:
    for pattern, spelled, within in _patterns():
        for hit in pattern.finditer(text):
            result = lookup_in(spelled.format(**hit.groupdict()), within, catalogue=catalogue)
            if not isinstance(result, Unknown) or "(" in hit.group():
                yield Mention(hit.group(), hit.start(), hit.end(), result)


def _bare(text: str, catalogue: Catalogue, alone: Callable[[str], bool]) -> list[Mention]:
    for pattern in BARE:
        hit = pattern.search(text)
        if hit and alone(f"{text[: hit.start()]} {text[hit.end() :]}"):
            result = lookup_in(hit.group(), (), catalogue=catalogue)
            if isinstance(result, Unknown):
                result = lookup_in(hit.group(), (ISO,), catalogue=catalogue)  # 8.13 is A.8.13
            if not isinstance(result, Unknown):
                return [Mention(hit.group(), hit.start(), hit.end(), result)]
    return []


def _meant(result: Lookup, text: str, scope: Collection[str], catalogue: Catalogue) -> Lookup:
    """Of several rows with an id the client's own; of a clause and a control of ISO both, where neither is said."""
    if isinstance(result, Ambiguous):
        mine = [match for match in result.matches if match.framework.id in scope]
        return Known(result.text, mine[0]) if len(mine) == 1 else result
    if isinstance(result, Known) and result.match.framework.id == ISO and not _CLAUSE.search(text):
        row = result.match.requirement
        control = catalogue.rows(ISO).get(key(f"A.{row.id}")) if row.id[0].isdigit() else None
        if control is not None:
            return Ambiguous(result.text, (result.match, Match(result.match.framework, control)))
    return result


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...]:
    fixed = [(re.compile(pattern), spelled, within) for pattern, spelled, within in LOOSE]
    of_the_eu = [
        (re.compile(rf"(?i:(?<!\w)(?:{SCHEMES[i].names}){_NUMBERED})"), "Art. {a}", (i,)) for i in EU
    ]  # "GDPR 33(1)"
    return (*fixed, *of_the_eu)
