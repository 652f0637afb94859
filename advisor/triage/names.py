"""Turns an inventory's vendor and product into the forms under which a text may name them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from advisor.triage.lexicon import Lexicon, ProductRow, lexicon
from advisor.triage.masks import compact, words

Level = Literal["sure", "capital", "phrase", "weak", "short"]
"""What has to stand with a form before it means the product: nothing; a capital letter; capitals throughout or the
vendor (a name made of ordinary words); the vendor or a product position (one ordinary word); capitals and the vendor
(an abbreviation)."""

Origin = Literal["name", "part", "alias", "abbreviation", "component", "nickname", "vendor"]


class Form(NamedTuple):
    """One way in which a text may name a subject."""

    text: str
    key: str
    """The form without case and punctuation."""
    level: Level
    origin: Origin
    literal: str = ""
    """Characters that must follow the match in the text (`++`)."""
    exact: str = ""
    """The only way to write it, where capitals tell two products apart (`iOS`, `IOS`)."""


_BRACKETS = re.compile(r"\(([^()]*)\)")
_MARKS = re.compile(r"[®™©]|\((?:R|TM|C)\)", re.IGNORECASE)
TAGLINE = re.compile(r"\s+[-–—|]\s+|\s*:\s+|\s+[-–—]{2,}\s+")
_TAIL_BREAK = re.compile(r"\s+|(?<=\w)-(?=(?:php|js|go|python|core|server|client|plugin)$)")
_LIST = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s+or\s+|\s+/\s+|\s+&\s+|(?<=\w)/(?=[A-Z])")
_FORMERLY = re.compile(
    r"^(?:formerly|previously|aka|a\.k\.a\.|also known as|was|now)\s+(?:called\s+|known as\s+)?", re.IGNORECASE
)
_VERSIONISH = re.compile(r"^v?\d+(?:\.\d+)*x?$")
_ESCAPES = re.compile(r"\\(.)")


@lru_cache(maxsize=200_000)
def plain(name: str) -> str:
    """A name as a person would write it: no CPE escapes, underscores or trade marks, single spaces."""
    text = _ESCAPES.sub(r"\1", name) if "\\" in name else name
    if "(" in text or not text.isascii():
        text = _MARKS.sub(" ", text)
    return " ".join(text.replace("_", " ").split())


def level_of(name: str, lex: Lexicon) -> Level:
    """How much a name needs beside it."""
    tokens = words(name)
    key = "".join(tokens)
    if key in lex.short_but_sure:
        return "sure"
    if len(tokens) == 1:
        if key in lex.capital_is_enough:
            return "capital"
        if lex.is_common(key) or key in lex.generic_tail or key.isdigit():
            return "weak"
        return "short" if len(key) <= 3 else "sure"
    for token in tokens:
        if not (lex.is_common(token) or token in lex.generic_tail or len(token) == 1 or token.isdigit()):
            break
    else:
        return "phrase"
    if len(key) <= 4 and not any(char.isdigit() for char in key):
        return "short"
    return "sure"


def _without_vendor(name: str, vendor: str, lex: Lexicon) -> str:
    if not vendor or " " not in name:
        return name
    tokens = name.split()
    related = lex.related_vendors(vendor)
    found, key = 0, ""
    for size, token in enumerate(tokens[: min(3, len(tokens) - 1)], 1):
        key += compact(token)
        if key in related:
            found = size
    return " ".join(tokens[found:]) if found else name


def _without_tail(name: str, lex: Lexicon) -> list[str]:
    """The name with its generic nouns and trailing versions taken off, longest first, down to one telling word."""
    found: list[str] = []
    if name.isalnum():
        return found
    tokens = _TAIL_BREAK.split(name) if "-" in name else name.split()
    while len(tokens) > 1:
        last = compact(tokens[-1])
        if last and last not in lex.generic_tail and not _VERSIONISH.match(tokens[-1].lower()):
            break
        tokens = tokens[:-1]
        if any(token not in lex.generic_tail for token in words(" ".join(tokens))):
            found.append(" ".join(tokens))
    if found and compact(found[-1]) in lex.not_a_name:
        found.pop()
    return found


def _tells(vendor: str, shorter: str, lex: Lexicon) -> bool:
    """Whether what is left of a shortened name still names the product."""
    first = (*words(shorter), "")[0]
    if all(token in lex.generic_tail for token in words(shorter)):
        return False
    if first in ("for", "and", "or", "of", "the", "with", "by", "to", ""):
        return False
    if " for " in shorter and all(token in lex.generic_tail for token in words(shorter.split(" for ", 1)[0])):
        return False  # "Addons for Elementor" is everybody's
    return level_of(shorter, lex) not in ("weak", "short") or bool(lex.product_rows(vendor, shorter))


def _may_have_tagline(name: str) -> bool:
    """Whether a name can hold what `TAGLINE` parts it at: most names do not, and searching each costs."""
    return not name.isascii() or "-" in name or ":" in name or "|" in name


def _may_list(name: str) -> bool:
    """Whether a name of single spaces can hold what `_LIST` parts it at."""
    return "," in name or "/" in name or " and " in name or " or " in name or " & " in name


def _parts(name: str, lex: Lexicon) -> list[str]:
    """The names in a list (`ESXi, Workstation, and Fusion`); a lone noun takes the head of the first part."""
    if not _may_list(name):
        return []
    pieces = [piece.strip() for piece in _LIST.split(name) if piece and piece.strip()]
    if len(pieces) < 2:
        return []
    head = pieces[0].split()[:-1]
    found = []
    for number, piece in enumerate(pieces):
        if compact(piece) in lex.not_a_name or all(token in lex.generic_tail for token in words(piece)):
            continue
        generic = all(token in lex.generic_tail or lex.is_common(token) for token in words(piece))
        if number and len(piece.split()) == 1 and generic and head:
            found.append(" ".join([*head, piece]))
        found.append(piece)
    return found


def spellings(vendor: str, product: str, lex: Lexicon) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Reads an inventory's product name.

    Returns whole names, parts of a list (both compact -> as written) and abbreviations given in brackets.
    """
    name = plain(product)
    short: list[str] = []
    whole: list[str] = [name]
    for inner in _BRACKETS.findall(name) if "(" in name else ():
        told = _FORMERLY.sub("", inner.strip())
        if told != inner.strip():
            whole.append(told)
        elif re.fullmatch(r"[A-Z][A-Za-z0-9-]{1,7}", told) and sum(char.isupper() for char in told) >= 2:
            short.append(told)
    bare = " ".join(_BRACKETS.sub(" ", name).split()) if "(" in name else name
    whole.append(bare)
    lower = bare.lower()
    tagline = TAGLINE.search(bare) if _may_have_tagline(bare) else None
    parts = [] if tagline or " for " in lower else _parts(bare, lex)
    head = bare[: tagline.start()] if tagline else bare
    # "WooCommerce - Social Login" is a part of WooCommerce, which is another product
    if head != bare and words(head) and compact(head) not in lex.lists["plugin_hosts"]:
        whole.append(head)
    if words(head)[-1:] in (("free",), ("lite",)) and len(head.split()) > 1:
        whole.append(head.rsplit(None, 1)[0])
    for prefix in (" for ", " by "):
        if prefix in lower:
            whole.append(bare[: lower.index(prefix)])
    for group in (whole, parts):
        for text in dict.fromkeys(group):
            if text.isalnum():
                continue  # one word
            stripped = _without_vendor(text, vendor, lex)
            shorter = _without_tail(text, lex)
            if stripped != text:
                shorter = [stripped, *_without_tail(stripped, lex), *shorter]
            group += [less for less in shorter if less != text and _tells(vendor, less, lex)]
    vendors = lex.related_vendors(vendor) if vendor else frozenset()

    def keyed(group: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for text in group:
            key = compact(text)
            told = key and key not in lex.not_a_name and not key.isdigit()
            if told and (key not in vendors or key == compact(bare)):
                found.setdefault(key, text)
        return found

    kept = keyed(whole)
    listed = keyed(parts) if parts else {}
    return kept, {key: text for key, text in listed.items() if key not in kept}, short


def _singular(token: str) -> str:
    return token.removesuffix("es") if token.endswith("ches") else token.removesuffix("s")


def _hardware(product: str, lex: Lexicon) -> list[str]:
    """The nouns of a product field that names no more than a kind (`Multiple Routers`), singular and plural."""
    tokens = [token for token in words(product) if token not in lex.not_a_name]
    if not tokens or _singular(tokens[-1]) not in lex.hardware:
        return []
    kinds = [_singular(token) for token in tokens]
    pairs = zip(kinds, tokens, strict=True)
    if not all(kind in lex.hardware or token in lex.generic_tail or lex.is_common(token) for kind, token in pairs):
        return []
    name = " ".join([*tokens[:-1], kinds[-1]])
    return [name, f"{name}es" if name.endswith("ch") else f"{name}s"]


_ORDER: dict[Level, int] = {"sure": 0, "capital": 1, "phrase": 2, "weak": 3, "short": 4}


def _literal(name: str) -> str:
    return name[len(name.rstrip("+#")) :]


class _Forms:
    """Collects the forms of one product; of two readings of a spelling the one that needs less is kept."""

    def __init__(self, maker: str, lex: Lexicon) -> None:
        self.maker = maker
        self.lex = lex
        self.by_key: dict[str, Form] = {}

    def add(self, text: str, origin: Origin, level: Level | None = None, key: str = "") -> None:
        key = key or compact(text)
        if len(key) < 2 or key in self.lex.not_a_name:
            return
        held = self.by_key.get(key)
        level = level or level_of(text, self.lex)
        if held is not None and _ORDER[level] >= _ORDER[held.level]:
            return
        literal = _literal(text.strip()) if "+" in text or "#" in text else ""
        exact = self.lex.exact_case(self.maker, key) if self.maker and origin != "abbreviation" else ""
        self.by_key[key] = Form(text, key, level, origin, literal, exact)

    def add_row(self, row: ProductRow) -> None:
        """What the shipped knowledge says of the product."""
        for text in row.names:
            self.add(text, "alias")
        for text in row.concerned_by:
            self.add(text, "component")
        for text in row.short:
            self.add(text, "abbreviation", None if compact(text) in self.lex.short_but_sure else "short")
        for nick in self.lex.nicknames_of(*(f"{row.vendor} {name}" for name in row.names)):
            self.add(nick, "nickname", "sure")

    def add_with_maker(self) -> None:
        """Each form that needs its vendor, once more behind the vendor's names (`Microsoft Office`)."""
        needy = [form for form in self.by_key.values() if form.level != "sure"]
        aliases = self.lex.vendor_names(self.maker, brands=False)[:6] if needy else ()
        for form in needy:
            for alias in aliases:
                key = compact(alias)
                if key and not form.key.startswith(key):
                    level: Level = "capital" if self.lex.is_common(key) else "sure"
                    self.add(f"{alias} {form.text}", form.origin, level, key + form.key)


@lru_cache(maxsize=100_000)
def product_forms(vendor: str, product: str) -> tuple[Form, ...]:
    """All forms under which a text may name a product, its abbreviations, components and nicknames among them.

    Empty where the product field only repeats a vendor of many products (`Microsoft`, `Microsoft`).
    """
    lex = lexicon()
    maker = plain(vendor)
    if compact(maker) == compact(plain(product)) and lex.makes_many(maker):
        return ()
    whole, parts, short = spellings(maker, product, lex)
    forms = _Forms(maker, lex)
    for key, text in whole.items():
        forms.add(text, "name", key=key)
    for text in parts.values():
        if level_of(text, lex) not in ("weak", "short") or lex.product_rows(maker, text):
            forms.add(text, "part")
    # "Core" of Drupal is listed as "Drupal Core"
    rows: dict[ProductRow, None] = {}
    behind = compact(maker)
    for key, text in (*whole.items(), *parts.items()):
        for row in (*lex.product_rows(maker, text, key), *lex.product_rows(maker, f"{maker} {text}", behind + key)):
            rows[row] = None
    for row in rows:
        forms.add_row(row)
    for text in short:
        forms.add(text, "abbreviation", "short")
    for text in _hardware(product, lex):
        for alias in lex.vendor_names(maker, brands=False)[:4]:
            forms.add(f"{alias} {text}", "name", "sure")
    forms.add_with_maker()
    return tuple(forms.by_key.values())


@lru_cache(maxsize=100_000)
def vendor_forms(vendor: str) -> tuple[Form, ...]:
    """The forms under which a text may name a vendor or supplier."""
    lex = lexicon()
    forms = _Forms("", lex)
    for name in lex.vendor_names(plain(vendor)):
        key = compact(name)
        short = len(key) <= 2 or (len(words(name)) == 1 and len(key) <= 3 and name.isupper())
        forms.add(name, "vendor", "short" if short else "capital")
    return tuple(forms.by_key.values())
