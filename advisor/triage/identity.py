"""Says by which exact names an asset and a record's product are the same thing, as keys that an index can hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from packageurl import PackageURL

from advisor.triage import cpe as cpe_names
from advisor.triage import versions
from advisor.triage.cpe import ANY, NA, Cpe
from knowledge.records.asset import Asset

How = Literal["cpe", "purl", "name"]
"""Which field of the asset said what it is, best first."""

DISTRIBUTION_TYPES = frozenset({"deb", "rpm", "apk", "alpm"})
"""Purl types of packages that a distribution builds: it carries fixes back without a new upstream version."""

MAX_NAME = 1_000
"""Characters; a longer text is no name of a product."""

# One flat space of names each, so that a name alone is the package (npm scopes and Maven groups are not flat).
_FLAT = frozenset({"npm", "pypi", "gem", "cargo", "nuget", "hex"})
# The words that NVD writes into target_sw for a package registry.
_REGISTRY = {"node.js": "npm", "nodejs": "npm", "python": "pypi", "ruby": "gem", "gem": "gem", "rust": "cargo"}
_REGISTRY |= {".net": "nuget", "elixir": "hex", "npm": "npm", "pypi": "pypi"}

_LEGAL = re.compile(
    r"[\s,]+(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|gmbh|ag|sa|se|bv|plc|pty|oy|ab|srl|spa)\.?$",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(.)")
_SPACING = re.compile(r"[^a-z0-9+#]+")


@lru_cache(maxsize=65_536)
def normal(text: str) -> str:
    """A name without case, escapes, spaces, `_` and other punctuation; `+` and `#` stay (C++ is not C)."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return _SPACING.sub("", (_ESCAPED.sub(r"\1", text) if "\\" in text else text).lower())


@lru_cache(maxsize=65_536)
def _vendor(text: str) -> str:
    stripped = _LEGAL.sub("", text.strip())
    return normal(stripped) or normal(text)


@lru_cache(maxsize=200_000)
def name_key(vendor: str, product: str) -> str:
    """`n:vendor/product`, empty where either is unknown or a wildcard.

    A product that ends in "firmware" and the device it runs in are one thing to an inventory, so the word is left out.
    """
    if product in (ANY, NA) or vendor in (ANY, NA) or cpe_names.has_wildcard(product) or cpe_names.has_wildcard(vendor):
        return ""
    if len(vendor) > MAX_NAME or len(product) > MAX_NAME:
        return ""
    if vendor.strip().lower() in versions.NO_VERSION or product.strip().lower() in versions.NO_VERSION:
        return ""
    maker, name = _vendor(vendor), normal(product)
    name = name.removesuffix("firmware") or name
    return f"n:{maker}/{name}" if maker and name else ""


@lru_cache(maxsize=65_536)
def cpe_keys(name: Cpe) -> frozenset[str]:
    """Keys of a CPE name: vendor and product, and the package in the registry that target_sw names.

    A wildcard vendor or product is refused: it yields no key, so it matches nothing.
    """
    key = name_key(name.vendor, name.product)
    if not key:
        return frozenset()
    registry = _REGISTRY.get(cpe_names.unescape(name.target_sw))
    return frozenset({key, f"p:{registry}/{normal(name.product)}"}) if registry else frozenset({key})


@lru_cache(maxsize=65_536)
def read_purl(text: str) -> PackageURL | None:
    """The package URL, None where the text is none."""
    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:
        return None


def purl_keys(purl: PackageURL) -> frozenset[str]:
    """Keys of a package: its full name in its registry, and what it is called as vendor and product.

    In a flat registry the name says nothing of a vendor (npm's `mysql` is not MySQL), so there is no second key.
    Elsewhere it is the namespace, or the last part of it (`github.com/grafana/grafana`); a distribution's package, or
    one without a namespace, counts as a product whose vendor has the same name (`openssl:openssl`). A Maven group is
    a domain read backwards: its second part names the vendor, its last one the product that the package is a part of
    (`org.apache.logging.log4j/log4j-core` is Apache's Log4j). Anything beyond that needs an alias.
    """
    name, space = normal(purl.name), purl.namespace or ""
    if not name:
        return frozenset()
    if purl.type in _FLAT:
        return frozenset({f"p:{purl.type}/{f'{normal(space)}/' if space else ''}{name}"})
    keys = {f"p:{purl.type}/{normal(space)}/{name}"}
    if purl.type in DISTRIBUTION_TYPES or not space:
        keys.add(f"n:{name}/{name}")
    else:
        keys |= {f"n:{normal(space.rsplit('/', 1)[-1])}/{name}", f"n:{normal(space)}/{name}"}
    group = space.split(".")
    if purl.type == "maven" and len(group) > 1:
        keys |= {f"n:{normal(group[1])}/{product}" for product in (name, normal(group[-1]))}
    return frozenset(keys)


class Identity(NamedTuple):
    """What an asset is, as far as its row says."""

    asset: Asset
    cpe: Cpe | None
    purl: PackageURL | None
    keys: Mapping[str, How]
    """Key -> the field that gave it."""
    version: str
    """Version with its update part (`2.0 beta3`), empty where not known."""
    version_locator: str

    @property
    def distribution(self) -> bool:
        """True where a distribution patches this package without changing its upstream version."""
        return self.purl is not None and self.purl.type in DISTRIBUTION_TYPES

    def how(self, keys: Iterable[str]) -> How | None:
        """The best field by which the asset is one of the keys; None where it is none of them."""
        found = {self.keys[key] for key in keys if key in self.keys}
        return next((how for how in ("cpe", "purl", "name") if how in found), None)


def cpe_version(name: Cpe) -> str:
    """Version and update of a CPE name as one text; empty for ANY and NA."""
    version = cpe_names.unescape(name.version)
    update = cpe_names.unescape(name.update)
    return f"{version} {update}" if version and update else version


def _version(asset: Asset, name: Cpe | None, purl: PackageURL | None) -> tuple[str, str]:
    from_cpe = cpe_version(name) if name and not cpe_names.has_wildcard(name.version) else ""
    # The inventory's own field wins, but a CPE that says the same version and an update says more.
    if versions.known(asset.version):
        if from_cpe and asset.version == cpe_names.unescape(name.version if name else ANY):
            return from_cpe, f"{asset.id}.cpe" if from_cpe != asset.version else f"{asset.id}.version"
        return asset.version.strip(), f"{asset.id}.version"
    if from_cpe:
        return from_cpe, f"{asset.id}.cpe"
    if purl and purl.version:
        return purl.version, f"{asset.id}.purl"
    return "", f"{asset.id}.version"


@lru_cache(maxsize=200_000)
def named(vendor: str, product: str) -> tuple[str, ...]:
    """The key of an asset that has a name only; one tuple for all that bear it."""
    key = name_key(vendor, product)
    return (key,) if key else ()


def identify(asset: Asset, names: Iterable[tuple[str, str]] = ()) -> Identity:
    """Reads an asset's CPE, purl and names into keys.

    A CPE or purl says what the asset is, so vendor and product are keys of their own only where it has neither.

    Args:
        asset: the inventory row.
        names: further (vendor, product) pairs that were resolved or confirmed for it (aliases).
    """
    if not (asset.cpe or asset.purl or names):
        version = asset.version.strip() if versions.known(asset.version) else ""
        keys: dict[str, How] = dict.fromkeys(named(asset.vendor, asset.product), "name")
        return Identity(asset, None, None, keys, version, f"{asset.id}.version")
    name, purl = cpe_names.parse(asset.cpe) if asset.cpe else None, read_purl(asset.purl)
    keys = {}
    if name:
        keys |= dict.fromkeys(cpe_keys(name), "cpe")
    if purl:
        keys |= {key: "purl" for key in purl_keys(purl) if key not in keys}
    pairs = list(names) if keys else [(asset.vendor, asset.product), *names]
    for vendor, product in pairs:
        key = name_key(vendor, product)
        if key and key not in keys:
            keys[key] = "name"
    version, locator = _version(asset, name, purl)
    return Identity(asset, name, purl, keys, version, locator)
