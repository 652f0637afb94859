"""Ties version passages to the product they speak of and compares the subject's version with them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from advisor.triage.lexicon import lexicon
from advisor.triage.mentions import Key, Mention
from advisor.triage.prose import Claim, branches, read_claims, version_after
from advisor.triage.references import Named
from advisor.triage.seen import Part, PartName, Seen
from advisor.triage.versions import Range, Scheme, branch, compare, in_range, known
from knowledge.records.triage import VerdictKind

_NUMBER = re.compile(r"(?<![\w.])v?\d", re.IGNORECASE)
"""Where a passage's first version begins: a name may stand inside the passage, before it ("before Lathe 2.3")."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One passage and the part of the item it stands in."""

    part: Part
    claim: Claim

    def words(self) -> str:
        """The passage as written."""
        return " ".join(self.part.reading.source[self.claim.start : self.claim.end].split())


def placed_claims(parts: Sequence[Part]) -> tuple[Placed, ...]:
    """All version passages of an item's own text."""
    return tuple(Placed(part, claim) for part in parts for claim in read_claims(part.reading.raw))


def _run(placed: Placed, index: int) -> range:
    """The run of capitalised words, without a break, that ends at a token."""
    reading = placed.part.reading
    first = index
    while first > 0 and reading.gap(first - 1) in (" ", "-", "/", " (") and not reading.original(first - 1).islower():
        first -= 1
    return range(first, index + 1)


def _owner(placed: Placed, covered: dict[int, list[Key]], ours: frozenset[Key]) -> Key | str:
    """The name that stands nearest before a passage in its sentence: a product's key, `free` for none, `foreign`."""
    reading = placed.part.reading
    low = reading.sentence(reading.sentence_of(placed.claim.start))[0]
    skipped = lexicon().lists["ordinary_capitals"] | lexicon().lists["version_words"]
    number = _NUMBER.search(reading.raw, placed.claim.start, placed.claim.end)
    index = bisect_left(reading.starts, number.start() if number else placed.claim.start) - 1
    while index >= 0 and reading.starts[index] >= low:
        keys = [key for key in covered.get(index, ()) if key[0] not in ("vendor", "maker", "longer")]
        if reading.token(index) in lexicon().platforms and reading.token(index - 1) in (
            "on",
            "for",
            "under",
            "and",
            "or",
        ):
            index -= 1
            continue
        if not reading.original(index).islower():
            for key in ours:
                if any(key in covered.get(other, ()) for other in _run(placed, index)):
                    return key
        if keys:
            return keys[0] if len(keys) == 1 else ("several", "", "")
        word = reading.original(index)
        first = index == 0 or reading.starts[index - 1] < low
        named = word[:1].isupper() and word.lower() not in skipped and not first and index not in covered
        if named:
            return "foreign"
        index -= 1
    return "free"


def _holds_key(placed: Placed, covered: dict[int, list[Key]], keys: frozenset[Key]) -> Key | str:
    """`ours` where the nearest name is one of the subject's."""
    owner = _owner(placed, covered, keys)
    if isinstance(owner, str):
        return owner
    if owner in keys:
        return "ours"
    if owner == ("several", "", ""):
        reading = placed.part.reading
        low = reading.sentence(reading.sentence_of(placed.claim.start))[0]
        for index in range(len(reading.starts) - 1, -1, -1):
            if low <= reading.starts[index] < placed.claim.start and index in covered:
                return "ours" if keys & set(covered[index]) else "other"
    return "other"


def claims_for(
    key: Key,
    decided: Seen | None,
    placed: Sequence[Placed],
    *,
    places: Mapping[Key, frozenset[tuple[str, int]]],
    coverage: Mapping[PartName, dict[int, list[Key]]],
    nearby: bool,
) -> tuple[Placed, ...]:
    """The passages that speak of one product.

    A passage with no name directly before it belongs to the products that its sentence names as concerned, else to all
    that the text names so. `places`: where (part, sentence) each concerned product is named. `coverage`:
    `coverage_of` by part. `nearby`: only passages in or after the deciding sentence count (news).
    """
    keys = frozenset({key})
    ours: list[Placed] = []
    loose: list[Placed] = []
    spare: list[Placed] = []
    fixes: list[Placed] = []
    for one in placed:
        covered = coverage[one.part.name]
        owner = _holds_key(one, covered, keys)
        if owner == "ours":
            ours.append(one)
        elif owner in ("free", "foreign"):
            if nearby and decided is not None:
                here = one.part.reading.sentence_of(one.claim.start)
                if one.part is not decided.part or not decided.sentence <= here <= decided.sentence + 2:
                    continue
            here_now = (one.part.name, one.part.reading.sentence_of(one.claim.start))
            owners = [other for other, spots in places.items() if here_now in spots]
            if not owners or key in owners:
                loose.append(one)
                if owner == "free" and one.claim.polarity != "affected":
                    fixes.append(one)
            elif owner == "free":
                spare.append(one)
    if ours and not any(one.claim.polarity == "affected" for one in ours):
        ours += [one for one in loose if one.claim.polarity == "affected"]
    if ours and not nearby:
        ours += fixes  # "Lathe 2.3 and earlier leaks. This is fixed in 2.2.9 and 2.3.1."
    # A record speaks of one weakness: what it says of versions beside another name is better than nothing.
    return tuple(ours or loose or (() if nearby else spare))


def claims_after(named: Sequence[tuple[Part, Mention]]) -> tuple[Placed, ...]:
    """The versions that stand directly after a product's name: what a record says that has no other passage."""
    found: list[Placed] = []
    for part, mention in named:
        reading = part.reading
        if part.cue(mention.first, mention.last).role == "aside":
            continue
        claim = version_after(reading.raw, reading.starts[mention.first], reading.ends[mention.last - 1])
        if claim is not None:
            found.append(Placed(part, claim))
    return tuple(found)


def coverage_of(part: Part, concerned: Collection[Key]) -> dict[int, list[Key]]:
    """Which names stand on which token; a name made of ordinary words counts only where the text means the product."""
    covered: dict[int, list[Key]] = {}
    for mention in part.mentions:
        if (
            mention.key[0] == "product"
            and mention.key not in concerned
            and mention.form.level not in ("sure", "capital")
        ):
            continue
        for index in range(mention.first, mention.last):
            covered.setdefault(index, []).append(mention.key)
    return covered


def _merged(placed: Sequence[Placed]) -> tuple[Range, ...]:
    """The affected ranges; several "before" ends of one product are read branch by branch."""
    ranges = [rng for one in placed for rng in one.claim.ranges]
    fixed = {rng.end for rng in ranges if rng.end and not rng.end_inclusive}
    ranges = [rng for rng in ranges if rng.exact not in fixed]  # "prior to 2.4 …. Version 2.4 checks the path"
    if any(rng != Range() for rng in ranges):
        ranges = [rng for rng in ranges if rng != Range()]  # "all versions" beside a range is that range's
    loose = [rng for rng in ranges if rng.end and not rng.start and not rng.exact]
    sizes = {rng.end.count(".") for rng in loose}
    if len(loose) > 1 and len(sizes) == 1:
        for inclusive in (True, False):
            ends = tuple(rng.end for rng in loose if rng.end_inclusive is inclusive)
            if len(ends) == len(loose):
                ranges = [rng for rng in ranges if rng not in loose] + list(branches(ends, inclusive=inclusive))
    return tuple(dict.fromkeys(ranges))


@dataclass(frozen=True, slots=True)
class Said:
    """What an item says of one product's versions, read once for all subjects that bear the product."""

    ranges: tuple[Range, ...]
    fixed: tuple[str, ...]
    passages: tuple[Placed, ...]
    supported: tuple[str, ...]
    """Versions listed as the supported ones that are affected."""
    by_link: bool
    beside: bool = False
    """All of it stands beside the name only (`Claim.beside`): another version than those is not cleared."""
    cleared: tuple[Range, ...] = ()
    """Versions said not to be affected: by those words, or as the fixed ones."""
    unfixed: tuple[Range, ...] = ()
    """What several fixed versions leave affected, branch by branch; empty where fewer are named."""


NOTHING = Said((), (), (), (), by_link=False)
"""What an item says of the versions of a product that it does not concern."""


def digest(placed: Sequence[Placed], named: Named | None = None) -> Said:
    """Joins the passages on one product; where the text says nothing of versions, those in its links are taken."""
    affected = [one for one in placed if one.claim.polarity == "affected"]
    fixes = [one for one in placed if one.claim.polarity == "fixed"]
    fixed = tuple(dict.fromkeys(version for one in fixes for version in one.claim.fixed))
    exact_only = bool(affected) and all(rng.exact for one in affected for rng in one.claim.ranges)
    ranges = tuple(rng for rng in _merged(affected) if not rng.exact or rng.exact not in fixed)
    if not placed and named is not None and (named.fixed or named.affected):
        fixed = named.fixed
        ranges = branches(named.affected, inclusive=True) or branches(named.fixed, inclusive=False)
    if (not affected or exact_only) and fixes:
        ranges = tuple(dict.fromkeys((*ranges, *_merged(fixes))))
    if not fixed:
        fixed = tuple(dict.fromkeys(rng.end for rng in ranges if rng.end and not rng.end_inclusive))
    listed = (rng.exact for one in affected if one.claim.supported for rng in one.claim.ranges if rng.exact)
    beside = bool(placed) and all(one.claim.beside for one in placed)
    cleared = tuple(rng for one in placed if one.claim.polarity == "cleared" for rng in one.claim.ranges)
    cleared += tuple(Range(exact=version) for one in fixes for version in one.claim.fixed)
    return Said(
        ranges,
        fixed,
        tuple(one for one in placed if one.claim.ranges),
        tuple(listed),
        not placed and bool(ranges),
        beside,
        cleared,
        _merged(fixes) if len(fixed) > 1 and fixes else (),
    )


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """What follows for one version."""

    kind: VerdictKind
    said: Said
    cleared: str = ""
    """What the item says that clears the version though it lies in a range that is named as affected."""


def _cleared(version: str, said: Said, scheme: Scheme) -> str:
    for rng in said.cleared:
        if in_range(version, rng, scheme) == "yes":
            return (
                f"{rng.text()} as fixed" if rng.exact and rng.exact in said.fixed else f"{rng.text()} as not affected"
            )
    holding = [rng for rng in said.ranges if in_range(version, rng, scheme) == "yes"] if said.unfixed else []
    # fixed versions inside the affected range are branches of it; others may be another product's
    branched = any(in_range(fix, rng, scheme) == "yes" for rng in holding for fix in said.fixed)
    if branched and all(in_range(version, rng, scheme) == "no" for rng in said.unfixed):
        return f"{', '.join(said.fixed[:-1])} and {said.fixed[-1]} as fixed"
    return ""


def _before_supported(version: str, supported: Sequence[str], scheme: Scheme) -> bool:
    """Whether a version may be an older one than those listed as supported: than those of its branch where some are."""
    own = branch(version, scheme)
    of_branch = [listed for listed in supported if own is not None and branch(listed, scheme) == own]
    return any(compare(version, listed, scheme) == -1 for listed in of_branch or supported)


def answer(version: str, said: Said, scheme: Scheme) -> VersionAnswer:
    """Compares a version with what is said: affected, version-not-affected or version-unknown."""
    if not said.ranges or not known(version):
        kind: VerdictKind = "affected" if Range() in said.ranges else "version-unknown"
        return VersionAnswer(kind, said)
    if cleared := _cleared(version, said, scheme):
        return VersionAnswer("version-not-affected", said, cleared)
    answers = {in_range(version, rng, scheme) for rng in said.ranges}
    if answers == {"no"} and said.beside:
        return VersionAnswer("version-unknown", said)
    if answers == {"no"} and _before_supported(version, said.supported, scheme):
        return VersionAnswer("version-unknown", said)  # only supported versions are named; an older one is not cleared
    kind = "affected" if "yes" in answers else "version-unknown" if "unknown" in answers else "version-not-affected"
    return VersionAnswer(kind, said)
