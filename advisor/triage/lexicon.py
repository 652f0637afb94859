"""Loads what the matcher knows of names: vendors, products, nicknames, ambiguous words and longer names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from rapidfuzz.distance import DamerauLevenshtein

from advisor.triage.masks import compact, words

_YEAR = re.compile(r"\s+\d{4}$")


MISSPELT = 12
"""Characters from which a name with one typing error is still that name."""


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product under all its names (data/products.yaml)."""

    vendor: str
    names: tuple[str, ...]
    short: tuple[str, ...] = ()
    concerned_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor under all its names (data/vendors.yaml)."""

    name: str
    also: tuple[str, ...]
    absorbed: tuple[str, ...]


class Lexicon:
    """Look-ups over the data files; built once a process by `lexicon()`."""

    def __init__(
        self,
        *,
        vendors: Iterable[Vendor],
        products: Iterable[ProductRow],
        nicknames: dict[str, tuple[str, ...]],
        longer_names: Iterable[str],
        word_lists: dict[str, frozenset[str]],
        exact_case: Iterable[tuple[str, str, str]] = (),
    ) -> None:
        self.vendors = tuple(vendors)
        self.products = tuple(products)
        self.nicknames = nicknames
        self.longer_names = tuple(longer_names)
        self.lists = word_lists
        self.common = word_lists["common"]
        self.ambiguous = word_lists["ambiguous"]
        self._ordinary = self.common | self.ambiguous
        self.generic_tail = word_lists["generic_tail"]
        self.not_a_name = word_lists["not_a_name"]
        self.vendor_tail = word_lists["vendor_tail"]
        self.capital_is_enough = word_lists["capital_is_enough"]
        self.short_but_sure = word_lists["short_but_sure"]
        self.platforms = word_lists["platforms"]
        self.hardware = word_lists["hardware"]
        self._exact_case: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, maker, text in exact_case:
            self._exact_case[key].append((maker, text))
        self._by_vendor: dict[str, list[Vendor]] = defaultdict(list)
        self._owners: dict[str, list[Vendor]] = defaultdict(list)
        for vendor in self.vendors:
            for name in (vendor.name, *vendor.also):
                self._by_vendor[compact(name)].append(vendor)
            for name in vendor.absorbed:
                self._owners[compact(name)].append(vendor)
        self._by_product: dict[str, list[ProductRow]] = defaultdict(list)
        for row in self.products:
            for name in {compact(name) for name in row.names}:
                self._by_product[name].append(row)
        self._by_head: dict[str, list[str]] = defaultdict(list)
        self._by_tail: dict[str, list[str]] = defaultdict(list)
        for name in self._by_product:
            if len(name) >= MISSPELT - 1:
                self._by_head[name[:5]].append(name)
                self._by_tail[name[-5:]].append(name)
        self._made_by = Counter(compact(row.vendor) for row in self.products)
        self._nicknames_of: dict[str, list[str]] = defaultdict(list)
        for nickname, named in nicknames.items():
            for product in named:
                self._nicknames_of[compact(product)].append(nickname)
        self._related: dict[str, frozenset[str]] = {}
        self._brands: dict[str, frozenset[str]] = {}
        self._names: dict[tuple[str, bool], tuple[str, ...]] = {}
        self._cores: dict[str, str] = {}

    def is_common(self, token: str) -> bool:
        """True for an ordinary word, or one that other things bear as a name too."""
        return token in self._ordinary or (len(token) > 4 and token[-1] == "s" and token[:-1] in self._ordinary)

    def vendor_core(self, vendor: str) -> str:
        """The vendor's name without legal forms and fillers, compact: `SAP SE` -> `sap`."""
        core = self._cores.get(vendor)
        if core is None:
            tokens = self._trimmed(vendor)
            core = self._cores[vendor] = "".join(tokens[1:] if len(tokens) > 1 and tokens[0] == "the" else tokens)
        return core

    def _trimmed(self, vendor: str) -> tuple[str, ...]:
        """The words of a vendor's name without the legal forms and fillers at its end."""
        tokens = words(vendor)
        while len(tokens) > 1 and tokens[-1] in self.vendor_tail:
            tokens = tokens[:-1]
        return tokens

    def _rows(self, vendor: str) -> list[Vendor]:
        return self._by_vendor.get(compact(vendor), []) or self._by_vendor.get(self.vendor_core(vendor), [])

    def brands_of(self, vendor: str) -> frozenset[str]:
        """Compact names of the brands that a vendor took over, which are not its own names."""
        found = self._brands.get(vendor)
        if found is None:
            rows = self._rows(vendor)
            own = {compact(vendor), *(compact(name) for row in rows for name in (row.name, *row.also))}
            found = frozenset(compact(name) for row in rows for name in row.absorbed) - own
            self._brands[vendor] = found
        return found

    def vendor_names(self, vendor: str, *, brands: bool = True) -> tuple[str, ...]:
        """Names under which a text may speak of this vendor: its own, its owner's and the brands it took over."""
        found = self._names.get((vendor, brands))
        if found is None:
            found = self._names[(vendor, brands)] = self._vendor_names(vendor, brands=brands)
        return found

    def _vendor_names(self, vendor: str, *, brands: bool) -> tuple[str, ...]:
        rows = self._rows(vendor)
        if not rows and not brands:
            return self.vendor_names(vendor)  # only a known vendor has brands
        names = [vendor] if vendor.strip() else []
        for row in rows:
            names += [row.name, *row.also, *(row.absorbed if brands else ())]
        for key in {compact(vendor), self.vendor_core(vendor), *(compact(row.name) for row in rows)}:
            for owner in self._owners.get(key, ()):
                names += [owner.name, *owner.also[:2]]
        if names and not rows:
            names.append(" ".join(self._trimmed(vendor)))
        return tuple({compact(name): name for name in reversed(names) if compact(name)}.values())[::-1]

    def related_vendors(self, vendor: str) -> frozenset[str]:
        """The compact forms of `vendor_names`, with the trimmed form of the name itself."""
        found = self._related.get(vendor)
        if found is None:
            names = {compact(name) for name in self.vendor_names(vendor)}
            found = self._related[vendor] = frozenset((names | {self.vendor_core(vendor)}) - {""})
        return found

    def same_vendor(self, left: str, right: str) -> bool:
        """True where two names may mean one vendor (also through an acquisition)."""
        return not self.related_vendors(left).isdisjoint(self.related_vendors(right))

    def exact_case(self, vendor: str, key: str) -> str:
        """How a name must be written where capitals tell two products apart (`iOS`, `IOS`); empty elsewhere."""
        told = self._exact_case.get(key)
        return next((text for maker, text in told if self.same_vendor(vendor, maker)), "") if told else ""

    def product_rows(self, vendor: str, name: str, key: str = "") -> tuple[ProductRow, ...]:
        """Rows that list this name: of this vendor, or of any where the name can hardly be another product's.

        `key`: the compact name, where the caller has it.
        """
        key = key or compact(name)
        rows = self._by_product.get(key) or self._misspelt(key)
        if not rows:
            return ()
        known = len(key) >= 6 and not all(map(self.is_common, words(name)))
        return tuple(row for row in rows if known or not vendor.strip() or self.same_vendor(vendor, row.vendor))

    def _misspelt(self, key: str) -> list[ProductRow]:
        """Rows with a name of at least twelve characters that differs from this one by one typing error."""
        if len(key) < MISSPELT:
            return []
        # One error (a letter more, less, other, or two swapped) cannot touch both ends of a name this long.
        head, tail = self._by_head.get(key[:5]), self._by_tail.get(key[-5:])
        if head is None and tail is None:
            return []
        alike = [
            name
            for name in (*(head or ()), *(tail or ()))
            if -1 <= len(name) - len(key) <= 1 and DamerauLevenshtein.distance(key, name, score_cutoff=1) <= 1
        ]
        if not alike:
            return []
        nearest = min(alike, key=lambda name: (len(name), name))
        return self._by_product[nearest] if _digits(nearest) == _digits(key) else []

    def written(self, vendor: str, product: str) -> tuple[str, str]:
        """Vendor and product as they write themselves, where they came in small letters (`apache`) and are known."""
        return (
            _as_known(vendor, (name for row in self._rows(vendor) for name in (row.name, *row.also))),
            _as_known(product, (name for row in self.product_rows(vendor, product) for name in row.names)),
        )

    def makes_many(self, vendor: str) -> bool:
        """True for a vendor with four products or more in the data: its name alone is no product's name.

        A brand's owner may make many and the brand one (Splunk, Langflow), so only its own names count.
        """
        own = {compact(vendor), *(compact(name) for row in self._rows(vendor) for name in (row.name, *row.also))}
        return sum(self._made_by[name] for name in own) >= 4

    def nicknames_of(self, *names: str) -> tuple[str, ...]:
        """Nicknames of vulnerabilities that concern a product, looked up by `vendor product` spellings."""
        return tuple(nick for name in names for nick in self._nicknames_of.get(compact(name), ()))


def _as_known(text: str, names: Iterable[str]) -> str:
    """The one of the names that is spelt like the text; the text itself where it has capitals or none is."""
    if text != text.lower():
        return text
    key = compact(text)
    return next((name for name in names if compact(name) == key), text)


def _load(name: str) -> Any:
    text = resources.files("advisor.triage").joinpath(f"data/{name}").read_text(encoding="utf-8")
    # libyaml where it is built in: the files are read at every start
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The shipped knowledge, read once."""
    lists = _load("words.yaml")
    plain = resources.files("advisor.triage").joinpath("data/common_words.txt").read_text(encoding="utf-8")
    groups = {name: frozenset(map(str, lists[name])) for name in lists if name not in ("provenance", "exact_case")}
    groups["common"] = frozenset(line for line in plain.split("\n") if line and not line.startswith("#"))
    # compact spellings, so that `pan-os` is found as `panos`
    for name in ("short_but_sure", "platforms", "plugin_hosts", "shared_names"):
        groups[name] = frozenset(compact(word) for word in groups[name])
    return Lexicon(
        vendors=(
            Vendor(
                name=row["name"],
                also=tuple(row.get("also", ())),
                absorbed=tuple(_YEAR.sub("", name) for name in row.get("absorbed", ())),
            )
            for row in _load("vendors.yaml")["vendors"]
        ),
        products=(
            ProductRow(
                vendor=str(row["vendor"]),
                names=tuple(map(str, row["names"])),
                short=tuple(map(str, row.get("short", ()))),
                concerned_by=tuple(map(str, row.get("concerned_by", ()))),
            )
            for row in _load("products.yaml")["products"]
        ),
        nicknames={row["name"]: tuple(row["products"]) for row in _load("nicknames.yaml")["nicknames"]},
        longer_names=_load("longer_names.yaml")["names"],
        word_lists=groups,
        exact_case=((row["key"], row["vendor"], row["text"]) for row in lists["exact_case"]),
    )
