"""Requirement ids as people type them, checked against the catalogue: known, withdrawn, ambiguous or unknown (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.frameworks.catalogue import Catalogue, Key, Match, key, shipped, tokens
from knowledge.frameworks.loader import framework_ids
from knowledge.frameworks.schemes import SCHEMES, older_edition, prefix_frameworks

MAX_ID_CHARS = 120
ISO = "iso-27001-2022"
_PART_MARKS = frozenset({"odp", "smt", "prm", "obj", "gdn"})


@dataclass(frozen=True)
class Known:
    """The id is in the catalogue."""

    text: str
    match: Match
    part: str = ""
    """What follows the id: a part of the statement or a parameter. It is not checked against the catalogue."""

    @property
    def label(self) -> str:
        """How to show it; a part is said to be unchecked."""
        return f"{self.match.label} (part {self.part} not checked)" if self.part else self.match.label


@dataclass(frozen=True)
class Withdrawn:
    """The id is in the catalogue and no longer in force."""

    text: str
    match: Match
    successors: tuple[Match, ...] = ()
    """Where it went, as far as those rows are in the catalogue."""

    @property
    def label(self) -> str:
        """How to show it."""
        return f"{self.match.label} ({self.match.requirement.withdrawn_sentence.rstrip('.')})"


@dataclass(frozen=True)
class Ambiguous:
    """Several frameworks have it and none was named."""

    text: str
    matches: tuple[Match, ...]

    @property
    def label(self) -> str:
        """How to show it."""
        return f"{self.text}: {' or '.join(match.label for match in self.matches)}"


@dataclass(frozen=True)
class Unknown:
    """Nothing in the catalogue has that id; never to be shown as if something had."""

    text: str
    reason: str
    nearest: Match | None = None
    """The longest row that the id starts with (the base control of an enhancement); not what was asked for."""

    @property
    def label(self) -> str:
        """How to show it."""
        return f"{self.text}: {self.reason}"


Lookup = Known | Withdrawn | Ambiguous | Unknown


def lookup(text: str, framework: str | None = None, *, catalogue: Catalogue | None = None) -> Lookup:
    """Check an id as a person typed it (`ac-2.1`, `AC-02(01)`, `Annex A 5.1`, `Art. 32(1)(b)`, `CIS 4.1`).

    Args:
        text: the id; it may name its framework.
        framework: id of the framework it belongs to, when that is known.
        catalogue: where to look; default the shipped packs.

    Raises:
        NotFoundError: `framework` is given and not in the catalogue.
    """
    return lookup_in(text, (framework,) if framework else (), catalogue=catalogue)


def lookup_in(text: str, within: Sequence[str], *, catalogue: Catalogue | None = None) -> Lookup:
    """The same among several frameworks; none given means all, or those that the text names."""
    known = catalogue or shipped()
    typed = " ".join(text.split())
    if not typed or len(typed) > MAX_ID_CHARS:
        return Unknown(typed[:MAX_ID_CHARS], "is not an id")
    names = known.names_in(typed)
    named = known.each_once(names)
    bare = typed
    for start, end, _ in names:
        bare = bare[:start] + " " * (end - start) + bare[end:]
    wanted = key(bare)
    if not wanted:
        return Unknown(typed, "names no requirement")
    places = tuple(within) or named
    scope = _scope(places or _by_prefix(bare, known), known)
    if len(wanted) == 1 and wanted[0].isdigit() and not places and len(tokens(bare)) == 1:
        return Unknown(typed, "is only a number; name the framework as well")
    return _among(typed, bare, wanted, scope, known)


def _by_prefix(text: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The frameworks that a word in the text leaves: `Art.` leaves the three of the EU, and imported ones."""
    marks = [found for word in tokens(text) if (found := prefix_frameworks(word))]
    if not marks:
        return ()
    left = frozenset.intersection(*marks)
    return (*(i for i in framework_ids() if i in left), *(pack.id for pack in catalogue.imported))


def _scope(places: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Ids of packs to look in, imported copies of a shipped pack behind it."""
    found: list[str] = []
    for i in tuple(places) or tuple(head.id for head in catalogue.heads):
        found += [catalogue.pack(i).id, *(copy.id for copy in catalogue.copies(i))]
    return tuple(dict.fromkeys(found))


def _among(typed: str, bare: str, wanted: Key, scope: Sequence[str], catalogue: Catalogue) -> Lookup:
    hits = _hits(wanted, scope, catalogue)
    if len(hits) > 1 and re.search(r"(?<!\d)0\d", bare):
        # Written with leading zeros, as one of them writes its ids: 03.01.01 is no PCI number.
        spelled = "".join(bare.split()).casefold()
        hits = [hit for hit in hits if hit.requirement.id.casefold() in spelled] or hits
    if len(hits) > 1:
        return Ambiguous(typed, tuple(hits))
    if hits:
        return _found(typed, hits[0], catalogue)
    if scope[0] == ISO and len(wanted) == 2 and all(token.isdigit() for token in wanted):
        # ISO 27002 leaves the letter of Annex A out: 8.13 is A.8.13, as no clause has that number.
        hits = _hits(("a", *wanted), scope, catalogue)
        if hits:
            return _found(typed, hits[0], catalogue)
    part = _part(wanted, bare, scope, catalogue)
    if part is not None:
        match, rest = part
        return _found(typed, match, catalogue, rest)
    reason = older_edition(bare)
    nearest = _nearest(wanted, scope, catalogue)
    if nearest is None:
        return Unknown(typed, reason or "is no id of " + _names(scope, catalogue))
    match, rest_key = nearest
    if not reason and match.requirement.kind == "control" and rest_key[0].isdigit():
        reason = f"enhancement not in the pack; base control {match.requirement.id}"
    elif not reason:
        reason = f"not in {match.framework.short}; the nearest row above is {match.requirement.id}"
    return Unknown(typed, reason, match)


def _hits(wanted: Key, scope: Sequence[str], catalogue: Catalogue) -> list[Match]:
    """One match per framework family; an imported copy, or a borrower of ids, only where its original has none."""
    found: dict[str, Match] = {}
    for i in scope:
        row = catalogue.rows(i).get(wanted)
        if row is None or row.attributes.get("beyond_pack"):
            continue
        head = catalogue.pack(i).framework
        origin = head.extends or (SCHEMES[i].borrows if i in SCHEMES else "") or i
        if origin == i or origin not in found:
            found[origin] = Match(head, row)
    return list(found.values())


def _found(typed: str, match: Match, catalogue: Catalogue, part: str = "") -> Lookup:
    if not match.requirement.withdrawn:
        return Known(typed, match, part)
    successors = [
        Match(match.framework, row)
        for i in match.requirement.successors
        if (row := catalogue.rows(match.framework.id).get(key(i))) is not None
    ]
    return Withdrawn(typed, match, tuple(successors))


def _part(wanted: Key, bare: str, scope: Sequence[str], catalogue: Catalogue) -> tuple[Match, str] | None:
    """A requirement and the part of it that follows: `AC-2a`, `AC-02(01)_ODP[02]`, `ac-2_smt.a`."""
    for i in scope:
        origin = catalogue.pack(i).framework.extends or i
        if origin not in SCHEMES or not SCHEMES[origin].parts:
            continue
        # SP 800-171A writes its parameters as A.03.01.01.ODP[01].
        trimmed = wanted[1:] if wanted[0] == "a" and "odp" in wanted else wanted
        for cut in range(len(trimmed) - 1, 1, -1):
            row = catalogue.rows(i).get(trimmed[:cut])
            rest = trimmed[cut:]
            if row is None or not row.assessable:
                continue
            if rest[0] in _PART_MARKS or (len(rest[0]) == 1 and rest[0].isalpha()):
                return Match(catalogue.pack(i).framework, row), _part_text(bare, rest)
            break
    return None


def _part_text(bare: str, rest: Key) -> str:
    odp = re.search(r"ODP(?:\[\d+\]|\.\d+)?", bare, re.IGNORECASE)
    return odp.group(0).upper() if odp else ".".join(rest)


def _nearest(wanted: Key, scope: Sequence[str], catalogue: Catalogue) -> tuple[Match, Key] | None:
    """The longest row that the id starts with, in the first framework that has one of that length."""
    for cut in range(len(wanted) - 1, 0, -1):
        if cut == 1 and len(wanted[0]) == 1 and wanted[0].isalpha():
            return None  # A.99.1 says nothing about SOC 2's category A
        hits = _hits(wanted[:cut], scope, catalogue)
        if len(hits) == 1:
            return hits[0], wanted[cut:]
        if hits:
            return None
    return None


def _names(scope: Sequence[str], catalogue: Catalogue) -> str:
    if len(scope) > 3:
        return "any framework here"
    return " or ".join(catalogue.pack(i).framework.short for i in scope)
