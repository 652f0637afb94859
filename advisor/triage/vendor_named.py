"""Decides from the mentions of a vendor or supplier whether the text concerns it, and in what connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.triage.incidents import incident_at
from advisor.triage.lexicon import lexicon
from advisor.triage.mentions import Mention
from advisor.triage.seen import Part, Seen, look
from advisor.triage.written import upper_case


@dataclass(frozen=True, slots=True)
class VendorPlace:
    """Where a vendor or supplier is named, and in what connection."""

    seen: Seen
    harm: bool
    """The sentence speaks of a weakness, an attack or a fix."""
    incident: str = ""
    """What happened at the vendor itself (`an outage`); empty where nothing is said to have happened there."""
    product_named: bool = False
    """The text names a product of this vendor, so the vendor alone says nothing more."""


def makers_named(parts: Sequence[Part]) -> frozenset[str]:
    """The vendors, under all their names, of the products that an item names."""
    keys = {mention.key[1] for part in parts for mention in part.mentions if mention.key[0] in ("product", "known")}
    return frozenset(name for vendor in keys for name in lexicon().related_vendors(vendor))


def judge_vendor(named: Sequence[tuple[Part, Mention]], makers: frozenset[str]) -> VendorPlace | None:
    """The place where a vendor is named as the one concerned; None where it only reports, or is named in passing.

    `makers`: `makers_named` of the item, so that a vendor whose product is named says nothing more by itself.
    """
    best: VendorPlace | None = None
    for part, mention in named:
        # News of a brand (GitHub) is not news of everything else that its owner (Microsoft) makes.
        if mention.form.key in lexicon().brands_of(mention.key[1]):
            continue
        first, last = mention.first, mention.last
        if not part.spot(first, last).capital:
            continue
        if mention.form.level == "short" and not upper_case(part.reading, first, last):
            continue
        seen = look(part, mention, frozenset())
        if (seen.extras and part.name != "title") or not (seen.harm or part.incident_in(seen.sentence)):
            continue  # nothing is said that would make a place of it
        if part.reported_by(first, last) or seen.cue.role == "aside":
            continue
        beside = not part.product_starts.isdisjoint((last - 1, last, last + 1))
        product = beside or not makers.isdisjoint(lexicon().related_vendors(mention.key[1]))
        place = VendorPlace(
            seen=seen,
            harm=seen.harm and (part.name == "title" or seen.cue.role == "affected"),
            incident=incident_at(part.reading, first, last, title=part.name == "title"),
            product_named=product,
        )
        if best is None or (bool(place.incident), place.harm) > (bool(best.incident), best.harm):
            best = place
    return best
