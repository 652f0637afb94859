"""What a client's record, assets and vendors say that a template asks about: place, size, law, technology (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from advisor.policies.templates.data_files import read
from advisor.policies.templates.interface import Conditions, Regime
from advisor.triage.profile_data import Profile
from knowledge.records.asset import Asset, ThirdParty, ToolUsed
from knowledge.records.client import Client

UNKNOWN_HEADCOUNT = 50
"""What a client counts as whose headcount nobody has entered: the size from which most duties of law start."""
MAX_NAME = 60
"""Characters of a product's name that a policy repeats; the inventory's own text is not ours."""


@dataclass(frozen=True)
class Law:
    """A regime as data/regimes.yaml has it."""

    id: Regime
    name: str
    """How a policy's references cite it."""
    frameworks: frozenset[str]
    """Packs that put a client under it when they are in scope."""
    presume: Conditions | None
    """Profiles that it is presumed for."""
    assumption: str
    """What a person should confirm where it is only presumed."""


@dataclass(frozen=True)
class Found:
    """A product or vendor of a technology group."""

    name: str
    origin: str
    """The row it was found in, in words."""
    vendor: bool
    """A third party, not an asset."""


@dataclass(frozen=True)
class Facts:
    """A client as the templates see it."""

    client: Client
    sectors: frozenset[str]
    places: frozenset[str]
    headcount: int
    regimes: frozenset[Regime]
    presumed: Mapping[Regime, str]
    """Regimes that no framework in scope names, with what to confirm."""
    technologies: Mapping[str, tuple[Found, ...]]

    def holds(self, when: Conditions) -> bool:
        """Whether every condition that is given holds for the client."""
        lacking = when.not_technologies or ()
        return (
            _any(when.sectors, self.sectors)
            and _any(when.jurisdictions, self.places)
            and _any(when.regimes, self.regimes)
            and not set(when.not_regimes) & self.regimes
            and _any(when.frameworks, self.client.frameworks)
            and _any(when.technologies, self.technologies)
            and not any(group in self.technologies for group in lacking)
            and (when.min_headcount is None or self.headcount >= when.min_headcount)
            and (when.max_headcount is None or self.headcount <= when.max_headcount)
        )


def facts_of(client: Client, assets: Sequence[Asset] = (), third_parties: Sequence[ThirdParty] = ()) -> Facts:
    """Reads a client's record, inventory and vendors."""
    profile = Profile.of(client)
    known = Facts(
        client=client,
        sectors=profile.sectors,
        places=profile.places,
        headcount=UNKNOWN_HEADCOUNT if client.headcount is None else client.headcount,
        regimes=frozenset(),
        presumed=MappingProxyType({}),
        technologies=MappingProxyType(_technologies(assets, third_parties)),
    )
    regimes: set[Regime] = set()
    presumed: dict[Regime, str] = {}
    for law in laws():
        if law.frameworks & set(client.frameworks):
            regimes.add(law.id)
        elif law.presume is not None and known.holds(law.presume):
            regimes.add(law.id)
            if law.assumption:
                presumed[law.id] = law.assumption
    return Facts(
        client=client,
        sectors=known.sectors,
        places=known.places,
        headcount=known.headcount,
        regimes=frozenset(regimes),
        presumed=MappingProxyType(presumed),
        technologies=known.technologies,
    )


@lru_cache(maxsize=1)
def laws() -> tuple[Law, ...]:
    """The regimes of data/regimes.yaml, in its order."""
    return tuple(
        Law(
            id=row["id"],
            name=row["name"],
            frameworks=frozenset(row.get("frameworks") or ()),
            presume=Conditions.model_validate(row["presume"]) if row.get("presume") else None,
            assumption=row.get("assumption", ""),
        )
        for row in read("regimes.yaml")["regimes"]
    )


def groups() -> tuple[str, ...]:
    """Ids of the technology groups."""
    return tuple(_groups())


def plain(text: str) -> str:
    """A name from an inventory as a policy may repeat it: one line, no control characters, no braces, not long."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text if c not in "{}")
    folded = " ".join(kept.split())
    return folded if len(folded) <= MAX_NAME else folded[: MAX_NAME - 1].rstrip() + "…"


def _any(wanted: Iterable[str], there: Iterable[str]) -> bool:
    asked = set(wanted)
    return not asked or bool(asked & set(there))


@dataclass(frozen=True)
class _Group:
    products: re.Pattern[str] | None
    """Words of a product's vendor and name."""
    unless: re.Pattern[str] | None
    """Words after which such a product is something else (`Microsoft 365 Apps` is no mail service)."""
    names: re.Pattern[str] | None
    """Words that an inventory calls such a thing."""
    services: re.Pattern[str] | None
    """Words of what a vendor does."""
    tools: bool
    """Whether a product counts that only a vendor uses to serve the client."""

    def makes(self, text: str) -> bool:
        """Whether a vendor and product, case folded, are of this group."""
        if self.products is None or (self.unless is not None and self.unless.search(text)):
            return False
        return bool(self.products.search(text))


@lru_cache(maxsize=1)
def _groups() -> dict[str, _Group]:
    return {row["id"]: _group(row) for row in read("technologies.yaml")["groups"]}


def _group(row: Mapping[str, Any]) -> _Group:
    def words(field: str) -> re.Pattern[str] | None:
        return _pattern(row.get(field) or ())

    return _Group(words("products"), words("unless"), words("names"), words("services"), bool(row.get("tools")))


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word.casefold()) for word in words)})(?!\w)")


def _technologies(assets: Sequence[Asset], third_parties: Sequence[ThirdParty]) -> dict[str, tuple[Found, ...]]:
    found: dict[str, dict[str, Found]] = {}
    for group, one in _hits(assets, third_parties):
        if one.name:
            found.setdefault(group, {}).setdefault(one.name.casefold(), one)
    return {group: tuple(names.values()) for group, names in found.items()}


def _hits(assets: Sequence[Asset], third_parties: Sequence[ThirdParty]) -> Iterator[tuple[str, Found]]:
    for asset in assets:
        made, named = f"{asset.vendor} {asset.product}".casefold(), f"{asset.name} {asset.product}".casefold()
        for group, words in _groups().items():
            if words.makes(made) or (words.names is not None and words.names.search(named)):
                yield group, Found(product_name(asset), f"asset {plain(asset.id)}", vendor=False)
    for party in third_parties:
        told = f"vendor {plain(party.name)}"
        for group, words in _groups().items():
            for tool in party.tools:
                if words.tools and words.makes(f"{tool.vendor} {tool.product}".casefold()):
                    yield group, Found(product_name(tool), f"tool of {told}", vendor=True)
            serves = words.services is not None and words.services.search(f"{party.service} {party.name}".casefold())
            if serves or words.makes(party.name.casefold()):
                yield group, Found(plain(party.name), told, vendor=True)


def product_name(one: Asset | ToolUsed) -> str:
    """`Fortinet FortiOS`; the vendor once, and an asset without a product by its own name."""
    vendor, product = plain(one.vendor), plain(one.product)
    if not product:
        return plain(one.name) if isinstance(one, Asset) else ""
    if not vendor or product.casefold().startswith(vendor.casefold()):
        return product
    return plain(f"{vendor} {product}")
