"""Ties version passages to the product they speak of and compares the subject's version with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.triage.concern import Part, Seen
from advisor.triage.context import ORDINARY_CAPITALS
from advisor.triage.mentions import Key
from advisor.triage.prose import Claim, branches, read_claims
from advisor.triage.versions import Range, Scheme, in_range, known
from knowledge.records.triage import VerdictKind

_SKIPPED = ORDINARY_CAPITALS | frozenset("version versions prior lts ce ee v all supported affected release releases commit".split())


@dataclass(frozen=True, slots=True)
class Placed:
    """One passage and the part of the item it stands in."""

    part: Part
    claim: Claim

    def words(self) -> str:
        """The passage as written."""
        return " ".join(self.part.reading.raw[self.claim.start : self.claim.end].split())


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """What the text says of one version."""

    kind: VerdictKind
    ranges: tuple[Range, ...] = ()
    fixed: tuple[str, ...] = ()
    passages: tuple[Placed, ...] = ()


def placed_claims(parts: Sequence[Part]) -> tuple[Placed, ...]:
    """All version passages of an item."""
    return tuple(Placed(part, claim) for part in parts for claim in read_claims(part.reading.raw))


def _run(placed: Placed, index: int) -> range:
    """The run of capitalised words, without a break, that ends at a token."""
    reading = placed.part.reading
    first = index
    while first > 0 and reading.gap(first - 1) in (" ", "-", "/", " (") and reading.original(first - 1)[:1].isupper():
        first -= 1
    return range(first, index + 1)


def _owner(placed: Placed, covered: dict[int, list[Key]], ours: frozenset[Key]) -> Key | str:
    """The name that stands nearest before a passage in its sentence: a product's key, `free` for none, `foreign`."""
    reading = placed.part.reading
    low = reading.sentence(reading.sentence_of(placed.claim.start))[0]
    index = next((i for i in range(len(reading.starts)) if reading.starts[i] >= placed.claim.start), len(reading.starts)) - 1
    while index >= 0 and reading.starts[index] >= low:
        keys = [key for key in covered.get(index, ()) if key[0] not in ("vendor", "maker", "longer")]
        if reading.original(index)[:1].isupper():
            for key in ours:
                if any(key in covered.get(other, ()) for other in _run(placed, index)):
                    return key
        if keys:
            return keys[0] if len(keys) == 1 else ("several", "", "")
        word = reading.original(index)
        first = index == 0 or reading.starts[index - 1] < low
        named = word[:1].isupper() and word.lower() not in _SKIPPED and not first and index not in covered
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
    key: Key, decided: Seen | None, placed: Sequence[Placed], alone: bool, nearby: bool
) -> tuple[Placed, ...]:
    """The passages that speak of one product.

    `alone`: the text is about no other product; `nearby`: only passages in or after the deciding sentence count (news).
    """
    keys = frozenset({key})
    ours: list[Placed] = []
    loose: list[Placed] = []
    covered_by: dict[int, dict[int, list[Key]]] = {}
    for one in placed:
        covered = covered_by.setdefault(id(one.part), _coverage(one.part))
        owner = _holds_key(one, covered, keys)
        if owner == "ours":
            ours.append(one)
        elif owner in ("free", "foreign"):
            if nearby and decided is not None:
                here = one.part.reading.sentence_of(one.claim.start)
                if one.part is not decided.part or not decided.sentence <= here <= decided.sentence + 2:
                    continue
            if alone or owner == "free":
                loose.append(one)
    if ours and not any(one.claim.polarity == "affected" for one in ours):
        ours += [one for one in loose if one.claim.polarity == "affected"]
    return tuple(ours or loose)


def _coverage(part: Part) -> dict[int, list[Key]]:
    covered: dict[int, list[Key]] = {}
    for mention in part.mentions:
        for index in range(mention.first, mention.last):
            covered.setdefault(index, []).append(mention.key)
    return covered


def _merged(placed: Sequence[Placed]) -> tuple[Range, ...]:
    """The affected ranges; several "before" ends of one product are read branch by branch."""
    ranges = [rng for one in placed for rng in one.claim.ranges]
    loose = [rng for rng in ranges if rng.end and not rng.start and not rng.exact]
    sizes = {rng.end.count(".") for rng in loose}
    if len(loose) > 1 and len(sizes) == 1:
        for inclusive in (True, False):
            ends = tuple(rng.end for rng in loose if rng.end_inclusive is inclusive)
            if len(ends) == len(loose):
                ranges = [rng for rng in ranges if rng not in loose] + list(branches(ends, inclusive=inclusive))
    return tuple(dict.fromkeys(ranges))


def answer(version: str, placed: Sequence[Placed], scheme: Scheme) -> VersionAnswer:
    """Compares a version with what the passages say: affected, version-not-affected or version-unknown."""
    affected = [one for one in placed if one.claim.polarity == "affected"]
    fixes = [one for one in placed if one.claim.polarity == "fixed"]
    fixed = tuple(dict.fromkeys(version for one in fixes for version in one.claim.fixed))
    exact_only = bool(affected) and all(rng.exact for one in affected for rng in one.claim.ranges)
    ranges = _merged(affected)
    if (not affected or exact_only) and fixes:
        ranges = tuple(dict.fromkeys((*ranges, *_merged(fixes))))
    if not fixed:
        ends = (rng.end for rng in ranges if rng.end and not rng.end_inclusive)
        fixed = tuple(dict.fromkeys(ends))
    passages = tuple(affected + fixes)
    if not ranges or not known(version):
        everything = any(rng == Range() for rng in ranges)
        return VersionAnswer("affected" if everything else "version-unknown", ranges, fixed, passages)
    answers = {in_range(version, rng, scheme) for rng in ranges}
    kind: VerdictKind = "affected" if "yes" in answers else "version-unknown" if "unknown" in answers else "version-not-affected"
    return VersionAnswer(kind, ranges, fixed, passages)
