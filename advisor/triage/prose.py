"""Reads versions in prose ("before 7.2.8", "10.x prior to 10.1.2", "fixed in 2.9.1 and 3.0.4") into ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from advisor.triage.versions import Range

Polarity = Literal["affected", "fixed"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one passage says about versions."""

    polarity: Polarity
    ranges: tuple[Range, ...]
    """For `affected` the affected ranges; for `fixed` what the fixed versions leave affected, branch by branch."""
    fixed: tuple[str, ...]
    """Versions named as fixed, as written."""
    start: int
    end: int
    """Offsets of the passage in the text."""
    supported: bool = False
    """The passage lists supported versions only: nothing is said of older ones."""


_SUFFIX = r"(?:rc|beta|alpha|preview|pre|dev|sp|patch|hotfix|build|p|h|m|b|a|r|u|ga)"
_V = (
    r"(?:v(?:er(?:sion)?\.?)?\s?|release\s+)?"
    rf"(\d+(?:[._](?:\d+|[xX*](?![\w.]))|[._-]?{_SUFFIX}[._-]?\d+|-{_SUFFIX}(?!\w)|-\d+(?![\w.]))*"
    r"(?:[a-z]{1,2}(?!\w))?(?:\(\d+\)[A-Z]*\d*)?(?:\s+(?:SP|HF|Hotfix|Update|Patch|CU|build|Build)\s?\d+)?)(?:-(?:lts|stable|final|release|perf|community|enterprise)\b)?(?!\w)"
)
_VERSION = re.compile(_V, re.IGNORECASE)
_SEP = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|\s*/\s*|\s*;\s*)"
# an item of a list is not the lower end of the range that follows it ("18.2.8, 18.3 prior to 18.3.4")
_NOT_LOW = r"(?!\s*,?\s*(?:and\s+|to\s+)?(?:prior\s+to|before|through|thru|up\s+to|until|below|<|≤|[-–—]\s*\d|to\s+v?\d|and\s+(?:prior|earlier|below)))"


def _named(pattern: str) -> str:
    """`_V` without its capture group, for use inside longer patterns."""
    return pattern.replace("(\\d+(?:[._]", "(?:\\d+(?:[._]", 1)


_N = _named(_V)
_NLIST = rf"{_N}(?:{_SEP}(?:versions?\s+|in\s+|(?-i:[A-Z]{{2,6}})-)?{_N}(?!\w|[.-]\w){_NOT_LOW}){{0,11}}"
# "OTP 27.0", "LTS 2.492": one capitalised word may stand between "from" and the number
_VS = r"(?:the\s+)?(?:versions?|releases?)?\s*(?:(?-i:[A-Z])[A-Za-z-]{1,20}(?:\s+|-))?"
_BELOW = r"(?:before|prior\s+to|earlier\s+than|older\s+than|lower\s+than|less\s+than|below|until|<(?!=)|&lt;(?!=)|preceding|up\s+to\s+\(?(?:but\s+)?(?:excluding|not\s+including)\)?,?)"
_UPTO = r"(?:up\s+to\s*,?\s*(?:and\s+including|\(including\)|including|inclusive)\s*,?|through|thru|up\s+to|<=|≤|=<|&lt;=|to|until\s+and\s+including|(?<=\d)\s*[-–—])"
_FROM = r"(?:from|starting\s+(?:in|with|from|at)|since|between|>=|≥|beginning\s+(?:with|in)|after|introduced\s+in)"

# "from 1.0 before 1.4", "Starting in version 9.0.0 and prior to versions 9.13.10 and 10.2.0", ">= 1.0, < 1.4", "2.x before 2.4"
_SPAN = re.compile(
    rf"(?P<from>{_FROM}\s+)?{_VS}(?P<low>{_N})(?:\s*\((?:inclusive|including|included)\))?(?:\s+(?:branch|series|line|release\s+line|train)(?:es)?)?(?:\s+and\s+(?:above|later|up|newer))?\s*,?\s*(?:and\s+|but\s+|to\s+)?(?:all\s+)?{_VS}"
    rf"(?P<op>{_BELOW}|{_UPTO}|and(?=\s+{_N}))\s*{_VS}(?P<high>{_NLIST})(?P<tail>\s*\(?(?:exclusive|excluded|excluding|inclusive|included)\)?)?",
    re.IGNORECASE,
)
# "before 1.4", "Prior to versions 1.123.32, 2.17.4, and 2.18.1", "< 135"
_UNDER = re.compile(rf"(?<![\w.]){_BELOW}\s*{_VS}(?P<high>{_NLIST})", re.IGNORECASE)
# "up to and including 2.19.14", "<= 3.6.2", "through 0.10.5", "from n/a through <= 1.3"
_THROUGH = re.compile(
    rf"(?<![\w.])(?P<op>up\s+to\s*,?\s*(?:and\s+including|\(including\)|including)?\s*,?|through|thru|<=|≤|=<|&lt;=|until\s+and\s+including)\s*(?P<less><(?!=)|<=|≤)?\s*{_VS}(?P<high>{_NLIST})"
    r"(?P<tail>\s*\(?(?:exclusive|excluded|excluding)\)?)?",
    re.IGNORECASE,
)
# "5.8.4 and earlier", "8.0.40 and prior, 8.4.3 and prior and 9.1.0 and prior", "8.2.6.4 or below"
_AND_EARLIER = re.compile(
    rf"(?P<high>{_NLIST})\s*,?\s*(?:\(?\s*(?:and|or)\s+(?:all\s+)?(?:earlier|prior|below|lower|older|before|previous|under|down)|and\s+earlier)\b(?!\s+(?:to\b|v?\d))(?:\s+(?:versions?|releases?))?",
    re.IGNORECASE,
)
# "2.2 and newer", "6.5 or later" outside a fix
_AND_LATER = re.compile(rf"(?P<low>{_N})\s*(?:\(?\s*(?:and|or)\s+(?:later|newer|above|higher|up|onwards?|greater|after|beyond))\b|(?P<plus>{_N})\+(?=[\s,.;)]|$)", re.IGNORECASE)
# "Versions 2.62.1 and 2.61.1 have been released which address this", "v4.5.5, v4.4.12 are patched"
_RELEASED = re.compile(
    rf"\bversions?\s+(?P<high>{_NLIST})\s+(?:(?:have|has)\s+been\s+released|(?:is|are|were|was)\s+(?:patched|fixed|not\s+(?:affected|vulnerable)|unaffected|safe))",
    re.IGNORECASE,
)
# "Oracle Java SE: 21.0.8 and 25; Oracle GraalVM for JDK: 21.0.8" in a list of supported versions
_LABELLED = re.compile(rf"(?:\bare\s+|;\s*)(?-i:[A-Z])[\w ./&()-]{{2,50}}:\s*(?P<high>{_NLIST})(?=\s*[;.]|\s+and\b|$)", re.IGNORECASE)
# "fixed in 1.2", "Version 2.0 patches the issue", "upgrade to 3.1", "has been patched in version 11.3.0"
_FIX_VERB = r"(?:fixed|patched|addressed|resolved|remediated|mitigated|corrected|rectified|solved|repaired|backported)"
_FIXED_IN = re.compile(
    rf"\b(?:(?:been\s+|were\s+|was\s+|is\s+|are\s+)?{_FIX_VERB}|a\s+(?:fix|patch)\s+(?:is|was|has\s+been)\s+(?:available|released|included|provided))\s+(?:in|with|by|as\s+of|since|from|for)\s+"
    rf"(?:(?:upgrading|updating)\s+to\s+|the\s+|releases?\s+of\s+)?(?:[@A-Za-z][\w@/.-]*\s+){{0,3}}{_VS}(?P<high>{_NLIST})",
    re.IGNORECASE,
)
_FIXES = re.compile(
    rf"(?:\bversions?|\breleases?|\bupdate|^|[.;]\s+|\bcommit\s+\w+\s+in\s+)\s*(?P<high>{_NLIST})(?:\s+of\s+[\w@/.-]+(?:\s+and\s+{_N}\s+of\s+[\w@/.-]+)?)?\s+(?:also\s+|now\s+)?(?:contains?|includes?|fix(?:es)?|patch(?:es)?|resolves?|addresses?|remediates?|mitigates?|corrects?|introduced|introduces|implements?|adds?|has\s+a)\s+"
    r"(?:an?\s+|the\s+|this\s+|that\s+|these\s+)?(?:\w+\s+){0,2}(?:fix|patch|issues?|vulnerabilit|flaws?|bugs?|problem|mitigation|remediation|update|it\b)",
    re.IGNORECASE,
)
_UPGRADE = re.compile(
    rf"\b(?:upgrad(?:e|ing)|updat(?:e|ing)|move|moving|migrat(?:e|ing))\s+(?:[\w']+\s+){{0,5}}?to\s+(?:at\s+least\s+|the\s+latest\s+|the\s+)?(?:[A-Z][\w-]*\s+){{0,3}}{_VS}(?P<high>{_NLIST})",
    re.IGNORECASE,
)
# "version 4.4.43 is affected", "versions 8.61 and 8.62", "affected are 12.2.3"
_EXACT = re.compile(
    rf"\b(?:versions?|releases?|affected\s+(?:is|are)|affects?|affecting|vulnerab\w+\s+(?:in|is))\s*:?\s+(?P<high>{_NLIST})", re.IGNORECASE
)
_ALL = re.compile(r"\b(?:all|any|every|multiple)\s+(?:(?:known|current|supported|released|available)\s+)?versions?\b(?!\s*,?\s*(?:before|prior|up|through|below|until|<|≤|from|starting|since|beginning|between|after|released|earlier|lower|older|and|in\b|to\b|\d|v\d|of|>))", re.IGNORECASE)
_SCORE_BEFORE = re.compile(r"(?:cvss|score|rated|severity|CVSS:|base)\W{0,3}(?:\w+\W+){0,4}$|CVSS:$", re.IGNORECASE)
_NOT_VERSION_AFTER = re.compile(r"^\s*(?:out\s+of|%|percent|/10|million|billion|bytes?|kb|mb|gb|days?|hours?|minutes?|months?|years?|users?|sites|characters|severity|-bit|bits?\b)", re.IGNORECASE)
_UNAFFECTED_AFTER = re.compile(r"^\s*(?:are|is|were|was)\s+(?:not\s+(?:affected|vulnerable|impacted)|unaffected)", re.IGNORECASE)
_NOT_AFFECTED = re.compile(r"\b(?:not\s+(?:affected|vulnerable|impacted)|unaffected)\b", re.IGNORECASE)

_BELOW_BEFORE = re.compile(rf"{_BELOW}\s*{_VS}$", re.IGNORECASE)

_NA = re.compile(r"\bn/a\b", re.IGNORECASE)


def _versions(text: str) -> tuple[str, ...]:
    return tuple(found.group(1).rstrip(".-_") for found in _VERSION.finditer(text))


def _numbers(version: str) -> list[str]:
    return re.findall(r"\d+", version)


def branches(ends: tuple[str, ...], *, inclusive: bool, start: str = "", start_inclusive: bool = True) -> tuple[Range, ...]:
    """Reads a list of upper ends branch by branch: `2.2.12, 3.0.13` is "2.x before 2.2.12, 3.0.x before 3.0.13".

    The first branch is open below, each other one starts where it parts from the one before it. Rule of this project.
    """
    ordered = sorted(dict.fromkeys(ends), key=lambda version: [int(number) for number in _numbers(version)[:6]])
    found: list[Range] = []
    for number, end in enumerate(ordered):
        low = start
        if number:
            before, here = _numbers(ordered[number - 1]), _numbers(end)
            depth = next((i for i, pair in enumerate(zip(before, here, strict=False)) if pair[0] != pair[1]), len(here) - 1)
            low = ".".join(here[: depth + 1])
        found.append(
            Range(start=low, start_inclusive=True if number else start_inclusive, end=end, end_inclusive=inclusive)
        )
    return tuple(found)


def _wild(version: str) -> str:
    return re.sub(r"[._-]?[xX*]$", "", version)


def _bad(text: str, start: int, end: int) -> bool:
    after = text[end : end + 40]
    score = _SCORE_BEFORE.search(text[max(0, start - 40) : start])
    return bool(score or _NOT_VERSION_AFTER.match(after) or _UNAFFECTED_AFTER.match(after))


def _looks_exact(version: str) -> bool:
    return "." in version or bool(re.search(r"[xX*]$", version))


def read_claims(text: str) -> tuple[Claim, ...]:
    """All passages of a text that speak of affected or fixed versions, in text order, none inside another.

    A passage that could be read two ways is read as the widest affected range. Scores ("rated 9.8") and amounts are
    left out. CVE ids must be masked by the caller.
    """
    text = _NA.sub("  0", text)
    taken: list[tuple[int, int]] = []
    claims: list[Claim] = []

    def free(start: int, end: int) -> bool:
        return all(end <= low or high <= start for low, high in taken)

    def put(polarity: Polarity, ranges: tuple[Range, ...], fixed: tuple[str, ...], start: int, end: int) -> None:
        taken.append((start, end))
        supported = bool(re.search(r"\bsupported\s+versions?\b", text[max(0, start - 250) : start], re.IGNORECASE))
        claims.append(Claim(polarity, ranges, fixed, start, end, supported))

    for pattern in (_FIXED_IN, _FIXES, _RELEASED, _UPGRADE):
        for found in pattern.finditer(text):
            versions = _versions(found.group("high"))
            if versions and free(*found.span()) and not _bad(text, found.start("high"), found.end("high")):
                put("fixed", branches(versions, inclusive=False), versions, *found.span())
    for found in _SPAN.finditer(text):
        _put_span(found, text, free, put)
    for found in _AND_EARLIER.finditer(text):
        if free(*found.span()) and not _bad(text, found.start(), found.end("high")):
            put("affected", branches(_versions(found.group("high")), inclusive=True), (), *found.span())
    for found in _THROUGH.finditer(text):
        if not free(*found.span()) or _bad(text, found.start(), found.end()):
            continue
        if found.group("op").lower().startswith("up") and not _looks_exact(found.group("high")) and "includ" not in found.group("op"):
            continue  # "up to 7 bytes"
        inclusive = found.group("less") != "<" and not found.group("tail")
        put("affected", branches(_versions(found.group("high")), inclusive=inclusive), (), *found.span())
    for found in _UNDER.finditer(text):
        if free(*found.span()) and not _bad(text, found.start(), found.end()):
            put("affected", branches(_versions(found.group("high")), inclusive=False), (), *found.span())
    for found in _AND_LATER.finditer(text):
        low = found.group("low") or found.group("plus")
        if free(*found.span()) and _looks_exact(low) and not _bad(text, found.start(), found.end()):
            if _NOT_AFFECTED.search(text[max(0, found.start() - 60) : found.end() + 40]):
                put("fixed", branches(_versions(low), inclusive=False), _versions(low), *found.span())
            else:
                put("affected", (Range(start=_versions(low)[0]),), (), *found.span())
    for found in _LABELLED.finditer(text):
        if free(found.start("high"), found.end("high")) and "affected" in text[max(0, found.start() - 250) : found.start() + 4]:
            exact = tuple(Range(exact=version) for version in _versions(found.group("high")))
            put("affected", exact, (), found.start("high"), found.end("high"))
    for found in _EXACT.finditer(text):
        versions = tuple(version for version in _versions(found.group("high")) if _looks_exact(version))
        if versions and free(*found.span()) and not _bad(text, found.start(), found.end()):
            put("affected", tuple(Range(exact=version) for version in versions), (), *found.span())
    for found in _ALL.finditer(text):
        if free(*found.span()):
            put("affected", (Range(),), (), *found.span())
    return tuple(sorted(claims, key=lambda claim: claim.start))


def _put_span(found: re.Match[str], text: str, free: object, put: object) -> None:
    assert callable(free) and callable(put)
    op = " ".join(found.group("op").lower().split())
    low, highs = found.group("low"), _versions(found.group("high"))
    starts = _versions(low)
    if _BELOW_BEFORE.search(text[max(0, found.start() - 24) : found.start()]):
        return
    if not starts or not highs or not free(*found.span()) or _bad(text, found.start("low"), found.end()):
        return
    start = _wild(starts[0])
    wild = start != starts[0]
    led = bool(found.group("from"))
    under = bool(re.fullmatch(_BELOW, op, re.IGNORECASE))
    if op == "and":
        if (found.group("from") or "").strip().lower() != "between":
            return
    elif not under and op in ("to", "-", "–", "—", "up to") and not (led or _looks_exact(start) or wild):
        return
    if not under and not (_looks_exact(highs[0]) or highs[0].isdigit()):
        return
    if under and not led and not wild and not _range_order(start, highs[0]):
        return
    tail = (found.group("tail") or "").lower()
    inclusive = (not under or "incl" in tail) and "excl" not in tail
    after = (found.group("from") or "").strip().lower() == "after"
    put("affected", branches(highs, inclusive=inclusive, start=start, start_inclusive=not after), (), *found.span())


def _range_order(low: str, high: str) -> bool:
    """True where `low` can be the lower end of a range up to `high`: it compares lower number by number."""
    left, right = [int(n) for n in _numbers(low)[:6]], [int(n) for n in _numbers(high)[:6]]
    return left <= right
