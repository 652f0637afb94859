"""Reads versions in prose ("before 7.2.8", "10.x prior to 10.1.2", "fixed in 2.9.1 and 3.0.4") into ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from advisor.triage import prose_patterns as patterns
from advisor.triage.versions import Range

Polarity = Literal["affected", "fixed", "cleared"]

MAX_TEXT = 20_000
"""Characters that are read; what follows is left out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one passage says about versions."""

    polarity: Polarity
    ranges: tuple[Range, ...]
    """For `affected` the affected ranges; for `fixed` what the fixed versions leave affected, branch by branch; for
    `cleared` those said not to be affected."""
    fixed: tuple[str, ...]
    """Versions named as fixed, as written."""
    start: int
    end: int
    """Offsets of the passage in the text."""
    supported: bool = False
    """The passage lists supported versions only: nothing is said of older ones."""
    beside: bool = False
    """The versions stand beside a name only: where a flaw was found, which says nothing of any other version."""


def _versions(text: str) -> tuple[str, ...]:
    return tuple(found.group(1).rstrip(".-_") for found in patterns.VERSION.finditer(text))


def _numbers(version: str) -> list[str]:
    return re.findall(r"\d+", version)


def _ordered(version: str) -> list[int]:
    return [int(number) for number in _numbers(version[:80])[:6]]


def branches(
    ends: tuple[str, ...], *, inclusive: bool, start: str = "", start_inclusive: bool = True
) -> tuple[Range, ...]:
    """Reads a list of upper ends branch by branch: `2.2.12, 3.0.13` is "before 2.2.12, from 3 before 3.0.13".

    The first branch is open below. Each other one starts where the branch before it is over, so that a branch in
    between without an end of its own (2.25 of `2.24.15, 2.26.4`) is in a range, as NVD's configurations have it.
    """
    ordered = sorted(dict.fromkeys(ends), key=_ordered)
    found: list[Range] = []
    for number, end in enumerate(ordered):
        low = start
        if number:
            before, here = _numbers(ordered[number - 1]), _numbers(end)
            pairs = zip(before, here, strict=False)
            depth = next((i for i, pair in enumerate(pairs) if pair[0] != pair[1]), len(here) - 1)
            low = ".".join(here[: depth + 1])
            if depth < min(len(before), len(here)) - 1 and len(before[depth]) < 5:
                low = ".".join([*here[:depth], str(int(before[depth]) + 1)])
        found.append(
            Range(start=low, start_inclusive=True if number else start_inclusive, end=end, end_inclusive=inclusive)
        )
    return tuple(found)


def _wild(version: str) -> str:
    return re.sub(r"[._-]?[xX*]$", "", version)


def _looks_exact(version: str) -> bool:
    """A version with a dot or a wildcard; a bare number may be anything."""
    return "." in version or bool(re.search(r"[xX*]$", version))


_FIX_WORDS = ("fix", "patch", "address", "resol", "remed", "mitig", "correct", "rectif", "solve", "repair", "backport")
_BEFORE_NUMBER, _AFTER_NUMBER = 110, 60


def _windows(text: str) -> list[tuple[int, int]]:
    """The stretches of a text that a passage on versions can lie in: around its numbers."""
    found: list[tuple[int, int]] = []
    for number in _NUMBER.finditer(text):
        start, end = max(0, number.start() - _BEFORE_NUMBER), min(len(text), number.end() + _AFTER_NUMBER)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


_NUMBER = re.compile(r"\d+")

# What a stretch must hold before a pattern is tried on it; each pattern itself asks for that much.
_CONTAIN_WORDS = (*_FIX_WORDS, "contain", "includ", "introduc", "implement", "add", "has a")
_EARLIER = re.compile(r"(?:and|or)\s+(?:all\s+)?(?:earlier|prior|below|lower|older|before|previous|under|down)")
_LATER = re.compile(r"(?:and|or)\s+(?:later|newer|above|higher|up|onward|greater|after|beyond)|\d\S*\+")
_BELOW_WORDS = ("before", "prior", "earlier", "older", "lower", "less", "below", "until", "<", "&lt;", "preced", "up")
_BETWEEN = re.compile(r"\d\D*?(?:before|prior|than|below|until|<|≤|&lt;|preceding|to|through|thru|[-–—]|and)\D*\d")
"""Two numbers with the words of a range between them."""

Gate = tuple[str, ...] | re.Pattern[str]
"""What a stretch, in lower case, must hold before a pattern is tried on it."""


def _opens(gate: Gate, plain: str) -> bool:
    if isinstance(gate, re.Pattern):
        return bool(gate.search(plain))
    for word in gate:  # noqa: SIM110 - asked very often, and twice as fast as `any` over a generator
        if word in plain:
            return True
    return False


class _Reader:
    """Reads one text; a passage that one pattern took is not read again by a later one."""

    def __init__(self, text: str) -> None:
        self.text = text[:MAX_TEXT]
        if "n/a" in self.text.lower():
            self.text = patterns.NA.sub("  0", self.text)
        self.claims: list[Claim] = []

    def read(self) -> tuple[Claim, ...]:
        """Runs the patterns around the numbers of the text, those that say more before those that say less."""
        windows = [(start, end, self.text[start:end].lower()) for start, end in _windows(self.text)]
        for pattern, gate, reader in (
            (patterns.FIXED_IN, _FIX_WORDS, self._fix),
            (patterns.FIXES, _CONTAIN_WORDS, self._fix),
            (patterns.RELEASED, ("released", "patched", "fixed", "not ", "unaffected", "safe"), self._fix),
            (patterns.UPGRADE, ("upgrad", "updat", "mov", "migrat"), self._fix),
            (patterns.SPAN, _BETWEEN, self._span),
            (patterns.AND_EARLIER, _EARLIER, self._and_earlier),
            (patterns.THROUGH, ("up", "thr", "<", "≤", "until", "&lt;"), self._through),
            (patterns.UNDER, _BELOW_WORDS, self._under),
            (patterns.AND_LATER, _LATER, self._and_later),
            (patterns.EXCEPT, ("except", "exclud"), self._except),
            (patterns.LABELLED, ("affected",), self._labelled),
            (patterns.EXACT, ("version", "release", "affect", "vulnerab"), self._exact),
        ):
            for start, end, plain in windows:
                if not _opens(gate, plain):
                    continue
                for found in self._free_matches(pattern, start, end):
                    reader(found)
        if "version" in self.text.lower():
            for found in patterns.ALL.finditer(self.text):
                if self._free(*found.span()):
                    self._all(found)
        return tuple(sorted(self.claims, key=lambda claim: claim.start))

    def _free_matches(self, pattern: re.Pattern[str], start: int, end: int) -> Iterator[re.Match[str]]:
        """The matches in a stretch; one that runs into a passage already taken is tried again from its end."""
        if pattern is patterns.SPAN and not patterns.SPAN_WITHIN.search(self.text, start, end):
            return
        while found := pattern.search(self.text, start, end):
            taken = [claim.end for claim in self.claims if claim.start < found.end() and found.start() < claim.end]
            if not taken:
                count = len(self.claims)
                yield found
                # "7.0.0 and 6.7.0 through 6.7.5": what was no range may hold the lower end of one
                again = pattern is patterns.SPAN and len(self.claims) == count
                start = max(found.end("low") if again else found.end(), start + 1)
            else:
                start = max(*taken, found.start() + 1)

    def _free(self, start: int, end: int) -> bool:
        return all(end <= claim.start or claim.end <= start for claim in self.claims)

    def _bad(self, start: int, end: int) -> bool:
        """A score, an amount, or versions said to be unaffected."""
        after = self.text[end : end + 40]
        score = patterns.SCORE_BEFORE.search(self.text[max(0, start - 40) : start])
        return bool(score or patterns.NOT_VERSION_AFTER.match(after) or patterns.UNAFFECTED_AFTER.match(after))

    def _put(
        self, polarity: Polarity, ranges: tuple[Range, ...], span: tuple[int, int], fixed: tuple[str, ...] = ()
    ) -> None:
        start, end = span
        supported = bool(patterns.SUPPORTED.search(self.text[max(0, start - 250) : start]))
        self.claims.append(Claim(polarity, ranges, fixed, start, end, supported))

    def _fix(self, found: re.Match[str]) -> None:
        versions = _versions(found.group("high"))
        if versions and not self._bad(found.start("high"), found.end("high")):
            self._put("fixed", branches(versions, inclusive=False), found.span(), versions)
            self._further_fixes(found.end("high"))

    def _further_fixes(self, end: int) -> None:
        """The other names of a list of fixes, each with its own versions; each is a passage of its own."""
        while following := patterns.NEXT_FIX.match(self.text, end):
            versions = _versions(following.group("high"))
            start, end = following.start("name"), following.end("high")
            if not versions or self._bad(start, end) or not self._free(start, end):
                return
            self._put("fixed", branches(versions, inclusive=False), (start, end), versions)

    def _and_earlier(self, found: re.Match[str]) -> None:
        if not self._bad(found.start(), found.end("high")):
            self._put("affected", branches(_versions(found.group("high")), inclusive=True), found.span())

    def _through(self, found: re.Match[str]) -> None:
        op, high = found.group("op").lower(), found.group("high")
        amount = op.startswith("up") and not _looks_exact(high) and "includ" not in op  # "up to 7 bytes"
        if amount or self._bad(found.start(), found.end()):
            return
        inclusive = found.group("less") != "<" and not found.group("tail")
        self._put("affected", branches(_versions(high), inclusive=inclusive), found.span())

    def _except(self, found: re.Match[str]) -> None:
        exact = tuple(Range(exact=version) for version in _versions(found.group("high")) if _looks_exact(version))
        if exact:
            self._put("cleared", exact, found.span())

    def _under(self, found: re.Match[str]) -> None:
        if patterns.UNAFFECTED_AFTER.match(self.text[found.end() : found.end() + 40]):
            self._put("cleared", branches(_versions(found.group("high")), inclusive=False), found.span())
        elif not self._bad(found.start(), found.end()):
            self._put("affected", branches(_versions(found.group("high")), inclusive=False), found.span())

    def _and_later(self, found: re.Match[str]) -> None:
        low = found.group("low") or found.group("plus")
        if not _looks_exact(low) or self._bad(found.start(), found.end()):
            return
        versions = _versions(low)
        before = self.text[max(0, found.start() - 200) : found.start()]
        cleared = patterns.NOT_AFFECTED.search(before[-60:] + self.text[found.start() : found.end() + 40])
        if cleared or patterns.FIXED_LIST.search(before):
            self._put("fixed", branches(versions, inclusive=False), found.span(), versions)
        else:
            self._put("affected", (Range(start=versions[0]),), found.span())

    def _labelled(self, found: re.Match[str]) -> None:
        if "affected" in self.text[max(0, found.start() - 250) : found.start() + 4]:
            exact = tuple(Range(exact=version) for version in _versions(found.group("high")))
            self._put("affected", exact, found.span("high"))

    def _exact(self, found: re.Match[str]) -> None:
        versions = tuple(version for version in _versions(found.group("high")) if _looks_exact(version))
        if versions and not self._bad(found.start(), found.end()):
            self._put("affected", tuple(Range(exact=version) for version in versions), found.span())

    def _all(self, found: re.Match[str]) -> None:
        self._put("affected", (Range(),), found.span())

    def _span(self, found: re.Match[str]) -> None:
        op = " ".join(found.group("op").lower().split())
        lead = (found.group("from") or "").strip().lower()
        starts, highs = _versions(found.group("low")), _versions(found.group("high"))
        if not starts or not highs or self._bad(found.start("low"), found.end()):
            return
        if patterns.BELOW_BEFORE.search(self.text[max(0, found.start() - 24) : found.start()]):
            return
        start = _wild(starts[0])
        if start == highs[0]:
            start = ""  # "from lathe@0 before lathe@3.6.2, before 3.6.2"
        under = bool(patterns.BELOW.fullmatch(op))
        if start and not _is_range(start, highs[0], op, lead, under=under, wild=start != starts[0]):
            return
        tail = (found.group("tail") or "").lower()
        inclusive = (not under or "incl" in tail) and "excl" not in tail
        ranges = branches(highs, inclusive=inclusive, start=start, start_inclusive=lead != "after")
        self._put("affected", ranges, found.span())


def _is_range(start: str, high: str, op: str, lead: str, *, under: bool, wild: bool) -> bool:
    """Whether two numbers with words between them are the ends of one range."""
    if op == "and":
        return lead == "between"
    if under:
        return bool(lead) or wild or _ordered(start) <= _ordered(high)
    open_low = not (lead or _looks_exact(start) or wild or high.startswith(f"{start}."))  # "9 to 9.4.2" is a range
    loose = op in ("to", "-", "–", "—", "up to") and open_low
    return not loose and (_looks_exact(high) or high.isdigit())


def read_claims(text: str) -> tuple[Claim, ...]:
    """All passages of a text that speak of affected or fixed versions, in text order, none inside another.

    A passage that could be read two ways is read as the widest affected range. Scores ("rated 9.8") and amounts are
    left out. CVE ids must be masked by the caller.
    """
    return _Reader(text).read()


def version_after(text: str, start: int, end: int) -> Claim | None:
    """The versions that stand directly after a name ("Lathe 2.3 allows"), read as those where the flaw was found.

    Nothing is said of any other, so none is cleared by it.

    Args:
        text: as for `read_claims`.
        start, end: where the name stands.
    """
    found = patterns.AFTER_NAME.match(text, end, min(len(text), end + 200))
    if not found or patterns.NOT_OF_NAME.search(text[max(0, start - 120) : start]):
        return None
    versions = tuple(version for version in _versions(found.group("high")) if "." in version)
    if not versions or patterns.NOT_VERSION_AFTER.match(text[found.end() : found.end() + 40]):
        return None
    ranges = tuple(Range(exact=version) for version in versions)
    return Claim("affected", ranges, (), found.start("high"), found.end("high"), beside=True)
