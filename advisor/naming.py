"""Which public vendor and product the spellings of a client's inventory mean: ranked, confirmed by a person, kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from advisor.triage import cpe
from advisor.triage.aliases import names_by_asset, spelling, written
from advisor.triage.identity import name_key
from advisor.triage.resolve import Candidate, Catalogue, resolve
from knowledge.errors import UsageError
from knowledge.places import ClientPlace
from knowledge.records.asset import Asset
from knowledge.records.feedback import Alias
from knowledge.records.vulnerability import KevEntry, Vulnerability
from knowledge.store.units import SharedUnit

SURE_SCORE: Final = 0.96
SURE_LEAD: Final = 0.05
"""A first candidate with this score and this far before the second is sure.

On the 428 name pairs of the development bench (4,344 names to choose from) these two decide 283 and are right for 282;
one name in three is left to a person. docs/guide/assets.md says how to measure it again.
"""

FLOOR: Final = 0.35
"""Candidates below share the vendor alone, or a filler word: they are noise in a list and are left out. Five of the
409 pairs of the bench that are right at rank 1 lie below, products that the records call wholly otherwise."""

Standing = Literal["same-name", "sure", "open", "nothing-alike"]
"""`same-name`: a record already bears the name as written, so nothing has to be confirmed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One spelling of the inventory, the assets that bear it and what it could mean."""

    vendor: str
    product: str
    assets: tuple[Asset, ...]
    standing: Standing
    candidates: tuple[Candidate, ...]
    """Best first; empty for `same-name` and `nothing-alike`."""

    @property
    def name(self) -> str:
        """The spelling as one text, the vendor not said twice."""
        if self.product.casefold().startswith(self.vendor.casefold()):
            return self.product
        return f"{self.vendor} {self.product}".strip()


class NameCatalogue:
    """The public names that this installation's own records bear: NVD configurations, CVE records, KEV."""

    def __init__(self, records: Iterable[Vulnerability], kev: Iterable[KevEntry]) -> None:
        # The CPE spelling of a name wins over a publisher's own, because that is how most records name it.
        by_key: dict[str, str] = {}
        later: list[tuple[str, str]] = []
        for record in records:
            for match in (m for c in record.configurations for node in c.nodes for m in node.matches):
                if parsed := cpe.parse(match.criteria):
                    vendor, product = cpe.unescape(parsed.vendor), cpe.unescape(parsed.product)
                    if key := name_key(parsed.vendor, parsed.product):
                        by_key.setdefault(key, f"{vendor}:{product}")
            later += [(affected.vendor, affected.product) for affected in record.affected]
        later += [(entry.vendor, entry.product) for entry in kev]
        for vendor, product in later:
            if (key := name_key(vendor, product)) and ":" not in vendor:
                by_key.setdefault(key, f"{vendor}:{product}")
        self._keys = frozenset(by_key)
        self.index = Catalogue(sorted(by_key.values()))

    @classmethod
    def read(cls, unit: SharedUnit) -> NameCatalogue:
        """From everything that the shared place holds."""
        return cls(unit.vulnerabilities.changed_since(None), unit.vulnerabilities.kev().values())

    def __len__(self) -> int:
        return len(self.index)

    def holds(self, vendor: str, product: str) -> bool:
        """True where a record bears this name, however it is spaced or cased."""
        return name_key(vendor, product) in self._keys


def readings(
    assets: Sequence[Asset], aliases: Sequence[Alias], catalogue: NameCatalogue, *, limit: int = 5
) -> tuple[Reading, ...]:
    """What each spelling could mean that no CPE, package URL or alias has settled; most assets first.

    Args:
        assets: of one client; rows with a CPE or a package URL, and rows without any name, are left out.
        aliases: of the same client.
        catalogue: the names to choose from.
        limit: candidates a spelling.
    """
    settled = names_by_asset(assets, aliases)
    groups: dict[str, list[Asset]] = {}
    for asset in assets:
        vendor, product = written(asset)
        if product and not asset.cpe and not asset.purl and asset.id not in settled:
            groups.setdefault(spelling(vendor, product), []).append(asset)
    found = [_reading(group, catalogue, limit) for group in groups.values()]
    return tuple(sorted(found, key=lambda one: (-len(one.assets), one.name.casefold())))


def _reading(assets: Sequence[Asset], catalogue: NameCatalogue, limit: int) -> Reading:
    vendor, product = written(assets[0])
    if catalogue.holds(vendor, product):
        return Reading(vendor, product, tuple(assets), "same-name", ())
    ranked = resolve(vendor, product, catalogue.index, limit=limit)
    candidates = tuple(candidate for candidate in ranked if candidate.score >= FLOOR)
    standing: Standing = "nothing-alike" if not candidates else "sure" if _sure(candidates) else "open"
    return Reading(vendor, product, tuple(assets), standing, candidates)


def _sure(candidates: Sequence[Candidate]) -> bool:
    second = candidates[1].score if len(candidates) > 1 else 0.0
    return candidates[0].score >= SURE_SCORE and candidates[0].score - second >= SURE_LEAD


def parse_name(text: str) -> tuple[str, str]:
    """`vendor:product` as two names.

    Raises:
        UsageError: it is not of that form, or a part is empty or a wildcard.
    """
    vendor, colon, product = text.strip().partition(":")
    if not colon or not name_key(vendor, product):
        raise UsageError("is not VENDOR:PRODUCT", subject=text, hint="For example progress:loadmaster.")
    return vendor.strip(), product.strip()


def confirm(place: ClientPlace, asset: Asset, name: str, *, why: str, now: datetime) -> Alias:
    """Keeps that the spelling of `asset` means `vendor:product`; the same pair twice is kept once.

    Raises:
        UsageError: `name` is not `vendor:product`, or the asset has no name of a product.
    """
    vendor, product = parse_name(name)
    written_vendor, written_product = written(asset)
    if not written_product:
        raise UsageError(
            "has no product name to resolve", subject=asset.id, hint="Fill in vendor and product in the inventory."
        )
    key = spelling(written_vendor, written_product)
    with place.write() as unit:
        for held in unit.aliases.list():
            same = spelling(held.written_vendor, held.written_product) == key
            if same and name_key(held.vendor, held.product) == name_key(vendor, product):
                return held
        alias = Alias(
            id=f"al-{secrets.token_hex(4)}",
            written_vendor=written_vendor,
            written_product=written_product,
            vendor=vendor,
            product=product,
            why=why,
            actor=place.actor,
            created_at=now,
        )
        unit.aliases.put([alias])
        unit.audit.append(now, "alias.confirm", alias.id, name=f"{vendor}:{product}", why=why)
    return alias


def take_back(place: ClientPlace, alias_id: str, now: datetime) -> Alias:
    """Takes a confirmed name back; the next morning judges without it.

    Raises:
        NotFoundError: no alias of that id holds.
    """
    with place.write() as unit:
        alias = unit.aliases.close(alias_id, now)
        unit.audit.append(now, "alias.close", alias.id, name=f"{alias.vendor}:{alias.product}")
    return alias
