"""Ranks which vendor:product of a catalogue an inventory name means, with the reason for each candidate."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from advisor.triage.lexicon import lexicon
from advisor.triage.masks import compact, words
from advisor.triage.names import TAGLINE as _TAGLINE
from advisor.triage.names import plain, spellings


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry of the catalogue, ranked."""

    name: str
    """`vendor:product` as the catalogue writes it."""
    score: float
    """0 to 1; comparable within one name, a pick-list shows the best ones."""
    why: str


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    vendor: str
    product: str
    vendor_key: str
    product_keys: frozenset[str]
    tokens: frozenset[str]
    initials: str
    """First letters of the product's words (`epmm`), empty for one word."""
    marks: str


def _split(name: str) -> tuple[str, str]:
    vendor, _, product = name.partition(":")
    return plain(vendor), plain(product)


def _tokens(text: str) -> frozenset[str]:
    return frozenset(token.removesuffix("s") if len(token) > 3 else token for token in words(text))


def _initials(product: str) -> str:
    tokens = words(product)
    return "".join(token[0] for token in tokens) if len(tokens) > 1 else ""


def _marks(product: str) -> str:
    """The characters that tell two names apart though they are no letters (`C#`, `C++`)."""
    return "".join(char for char in product if char in "#+")


def _trimmed(vendor: str) -> str:
    tokens = [
        token for token in words(vendor) if token not in ("project", "software", "team", "the", "inc", "foundation")
    ]
    return "".join(tokens) or compact(vendor)


class Catalogue:
    """The names to choose from (`vendor:product`, as in CPE), indexed once."""

    def __init__(self, names: Iterable[str]) -> None:
        self._entries: list[_Entry] = []
        self._by_token: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._by_vendor: dict[str, list[int]] = defaultdict(list)
        for name in dict.fromkeys(names):
            vendor, product = _split(name)
            vendor_key = _trimmed(vendor)
            own = compact(product)
            keys = {own, own.removeprefix(vendor_key) or own, vendor_key + own}
            entry = _Entry(
                name,
                vendor,
                product,
                vendor_key,
                frozenset(keys),
                _tokens(product),
                _initials(product),
                _marks(product),
            )
            number = len(self._entries)
            self._entries.append(entry)
            for token in entry.tokens | _tokens(vendor):
                self._by_token[token].append(number)
            for key in keys:
                self._by_key[key].append(number)
            self._by_vendor[vendor_key].append(number)
            self._by_vendor[compact(vendor)].append(number)
        self._size = max(1, len(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def _weight(self, token: str) -> float:
        rarity = math.log(1 + self._size / (1 + len(self._by_token.get(token, ()))))
        return rarity * (0.3 if token in lexicon().lists["catalogue_fillers"] else 1.0)

    def _candidates(self, vendor: str, product: str, keys: set[str]) -> set[int]:
        found: set[int] = set()
        for key in keys:
            found.update(self._by_key.get(key, ()))
        for key in {_trimmed(vendor), compact(vendor), *lexicon().related_vendors(vendor)}:
            found.update(self._by_vendor.get(key, ()))
        tokens = sorted(_tokens(product) | _tokens(vendor), key=lambda token: len(self._by_token.get(token, ())))
        for token in tokens[:6]:
            if len(self._by_token.get(token, ())) <= max(60, self._size // 20):
                found.update(self._by_token.get(token, ()))
        return found

    def ranked(self, vendor: str, product: str, *, limit: int = 5) -> list[Candidate]:
        """The best candidates for a name, best first; empty where nothing has a word or vendor in common."""
        lex = lexicon()
        maker, name = plain(vendor), plain(product)
        if compact(maker) in lex.not_a_name or compact(maker) == "na":
            maker = ""
        whole, parts, _ = spellings(maker, name, lex)
        variants = list(whole.values())
        keys = set(whole)
        known = {compact(text): text for row in self._rows(maker, variants) for text in row}
        keys |= set(known)
        query = [(_tokens(text), compact(text), 1.0 if text == name else 0.99) for text in dict.fromkeys(variants)]
        query += [(_tokens(text), compact(text), 0.85) for text in parts.values()]
        query += [(_tokens(text), key, 0.95) for key, text in known.items()]
        joined = _trimmed(maker) + compact(name)
        query.append((_tokens(f"{maker} {name}"), joined, 0.97))
        keys.add(joined)
        head = compact(_TAGLINE.split(name)[0])
        if head == compact(maker) or {*words(name)} - _tokens(maker) <= lexicon().generic_tail:
            query.append((_tokens(maker), compact(maker), 0.95))  # the product bears its maker's name
            keys.add(compact(maker))
        scored = []
        for number in self._candidates(maker, name, keys | set(parts)):
            entry = self._entries[number]
            likeness, how = self._product_score(query, entry, maker)
            same = self._vendor_score(maker, name, entry)
            if likeness < _INITIALS and same >= _RELATED and _by_initials(name, entry):
                likeness, how = _INITIALS, "by its initials"
            if entry.marks != _marks(name):
                likeness -= 0.01
            score = _WEIGHT_PRODUCT * likeness + (1 - _WEIGHT_PRODUCT) * same
            scored.append((round(score, 4), entry.name, f"product {how}, vendor {_how_vendor(same)}"))
        scored.sort(key=lambda row: (-row[0], len(row[1]), row[1]))
        return [Candidate(text, score, why) for score, text, why in scored[:limit]]

    @staticmethod
    def _rows(vendor: str, variants: list[str]) -> list[tuple[str, ...]]:
        return [row.names for text in variants for row in lexicon().product_rows(vendor, text)]

    def _product_score(
        self, query: list[tuple[frozenset[str], str, float]], entry: _Entry, vendor: str
    ) -> tuple[float, str]:
        best, how = 0.0, "unlike"
        maker_tokens = _tokens(vendor) | _tokens(entry.vendor)
        mine = entry.tokens - maker_tokens or entry.tokens
        weight_mine = sum(map(self._weight, mine)) or 1.0
        for number, (tokens, key, factor) in enumerate(query):
            if key in entry.product_keys:
                value, reason = (1.0 if number == 0 or key == compact(entry.product) else 0.97) * factor, "the same"
            else:
                asked = tokens - maker_tokens or tokens
                common = sum(map(self._weight, asked & mine))
                recall = common / weight_mine
                precision = common / (sum(map(self._weight, asked)) or 1.0)
                spelled = fuzz.ratio(key, compact(entry.product)) / 100
                value = max(0.62 * recall + 0.33 * precision, 0.9 * spelled if spelled > 0.7 else 0.0) * factor
                reason = "shares its telling words" if value > 0.5 else "shares some words"
            if value > best:
                best, how = value, reason
        if not best and entry.vendor_key in entry.product_keys:
            return 0.15, "named like its vendor"
        return best, how

    def _vendor_score(self, vendor: str, product: str, entry: _Entry) -> float:
        if not vendor:
            return 0.5
        mine, theirs = _trimmed(vendor), entry.vendor_key
        if mine == theirs or compact(vendor) == compact(entry.vendor):
            return 1.0
        lex = lexicon()
        if lex.same_vendor(vendor, entry.vendor) or lex.vendor_core(vendor) == lex.vendor_core(entry.vendor):
            return 0.9
        if entry.vendor.endswith("project") and theirs in (compact(product), _trimmed(product)):
            return 0.95  # `simple_forum_project:simple_forum`: how CPE names a product whose vendor is not known
        if mine.startswith(theirs) or theirs.startswith(mine):
            shorter = min(len(mine), len(theirs))
            return 0.85 if shorter >= 4 else 0.5
        if theirs == compact(product) or compact(entry.vendor).removesuffix("project") in (
            compact(product),
            compact(entry.product),
        ):
            return 0.55
        if theirs in compact(product):
            return 0.5
        return max(0.0, fuzz.ratio(mine, theirs) / 100 - 0.35)


def _by_initials(name: str, entry: _Entry) -> bool:
    """`EPMM` for Endpoint Manager Mobile, or the other way round."""
    key = compact(name)
    if len(key) >= 3 and key == entry.initials:
        return True
    own = compact(entry.product)
    return len(own) >= 3 and own == _initials(name)


_RELATED = 0.85
"""From this score on two vendors are one, or related."""
_INITIALS = 0.9
"""How alike two names of one vendor are of which one abbreviates the other."""

_WEIGHT_PRODUCT = 0.66
"""How much of the score is the product's; found on name pairs of vulnrichment, see docs/guide/rules.md."""


def _how_vendor(score: float) -> str:
    if score >= 1.0:
        return "the same"
    return "related" if score >= _RELATED else "named alike" if score >= 0.5 else "another"


@lru_cache(maxsize=4)
def _indexed(names: tuple[str, ...]) -> Catalogue:
    return Catalogue(names)


def resolve(vendor: str, product: str, catalogue: Catalogue | Iterable[str], *, limit: int = 5) -> list[Candidate]:
    """Ranks the entries of a catalogue for one inventory name; see `Catalogue.ranked`."""
    index = catalogue if isinstance(catalogue, Catalogue) else _indexed(tuple(catalogue))
    return index.ranked(vendor, product, limit=limit)
