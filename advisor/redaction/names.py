"""Collects the names that a client's place knows and that must not leave the machine (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from advisor.redaction.words import ordinary_words, word_list
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client

Kind = Literal["CLIENT", "PERSON", "CONTACT", "HOST", "ASSET", "ADDRESS", "MAIL", "TEXT"]


@dataclass(frozen=True)
class KnownName:
    """A name that has to be hidden."""

    kind: Kind
    text: str
    entity: str
    """Who or what it names; several names of one entity share its placeholder."""
    exact_case: bool = False
    """A word that is ordinary in lower case ("Grant", "Summit") is hidden only where it is written as here."""


TOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
"""A word: letters and digits, with combining marks that follow a letter."""

_PHONE = re.compile(r"(?<!\w)\+?\(?\d[\d ()./\u2010-\u2015-]{5,24}\d(?!\w)")
_PIECES = re.compile(r"[,;|<>()\[\]\n\t/\"]+|\s[-\u2013\u2014]\s")


def known_names(
    client: Client, assets: Iterable[Asset], suppliers: Iterable[ThirdParty], *, people: Iterable[str] = ()
) -> tuple[KnownName, ...]:
    """The names to hide: the client's own, its people, its machines, its suppliers' contacts.

    A supplier's name stays: it is what the question is about and what public facts are found by. So does what says
    nothing by itself: a product's name, an ordinary word ("Printer"), a short number.

    Args:
        client, assets, suppliers: what the client's place holds.
        people: further names of people, such as who works on the place.
    """
    rows, third = tuple(assets), tuple(suppliers)
    found = [*_client(client)]
    for asset in rows:
        found += _asset(asset)
        found += _person_or_text(asset.owner, "PERSON")
    for supplier in third:
        found += _contact(supplier.contact)
    for person in people:
        found += _person_or_text(person, "PERSON")
    return tuple(dict.fromkeys(found))


def fold(text: str) -> str:
    """A word as it is compared: compatibility forms and case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> tuple[str, ...]:
    """The folded words of a text."""
    return tuple(fold(word) for word in TOKEN.findall(text))


def _client(client: Client) -> Iterator[KnownName]:
    words = TOKEN.findall(client.name)
    telling = [word for word in words if fold(word) not in word_list("legal_forms")] or words
    forms = {client.name, client.id, " ".join(telling), "".join(words), "".join(telling)}
    for form in sorted(forms):
        ordinary = _says_nothing(form)
        yield KnownName("CLIENT", form, client.id, exact_case=ordinary)
    yield KnownName("CLIENT", client.ref, client.id)
    first = telling[0]
    if len(first) >= 4 and len(telling) > 1 and not _says_nothing(first):
        # The first word alone is how people call a firm; only as a name, because it may be a word as well.
        yield KnownName("CLIENT", first, client.id, exact_case=True)
        yield KnownName("CLIENT", first.upper(), client.id, exact_case=True)


def _asset(asset: Asset) -> Iterator[KnownName]:
    public = {*tokens(asset.vendor), *tokens(asset.product), *tokens(asset.version), *tokens(asset.kind)}
    for kind, text in (("HOST", asset.host), ("ASSET", asset.id), ("ASSET", asset.name)):
        words = tokens(text)
        if kind == "ASSET" and text == asset.name and len(text.split()) > 1:
            continue  # "Front desk printer": words of a sentence, not a name
        if words and not set(words) <= public and not _says_nothing(text):
            yield KnownName("HOST" if kind == "HOST" else "ASSET", text, f"{kind}:{fold(text)}")
    if (labels := asset.host.split("."))[2:] and not asset.host.replace(".", "").isdigit():
        domain = ".".join(labels[1:])
        yield KnownName("HOST", domain, f"HOST:{fold(domain)}")
        if not _says_nothing(labels[0]) and not set(tokens(labels[0])) <= public:
            yield KnownName("HOST", labels[0], f"HOST:{fold(asset.host)}")


def _contact(text: str) -> Iterator[KnownName]:
    """People and telephone numbers of a contact field; e-mail addresses are found by their form."""
    rest = text
    for phone in _PHONE.findall(text):
        yield KnownName("CONTACT", phone, f"CONTACT:{''.join(c for c in phone if c.isdigit())}")
        rest = rest.replace(phone, "\n")
    for piece in _PIECES.split(rest):
        if "@" not in piece:
            yield from _person_or_text(piece, "CONTACT")


def _person_or_text(text: str, kind: Kind) -> Iterator[KnownName]:
    """A person's name with its parts, or a telling text as it is; nothing for a role ("IT", "Service desk")."""
    name = " ".join(text.split())
    words = [word for word in TOKEN.findall(name) if fold(word) not in word_list("roles")]
    if not words or _says_nothing(name) or "@" in name:
        return
    entity = f"{kind}:{fold(name)}"
    yield KnownName(kind, name, entity)
    if 2 <= len(words) <= 4 and all(word[:1].isupper() and word.isalpha() for word in words):
        if " ".join(words) != name:
            yield KnownName(kind, " ".join(words), entity)
        for part in (words[0], words[-1]):
            if len(part) >= 3:
                yield KnownName(kind, part, f"{entity}:{fold(part)}", exact_case=True)
        yield KnownName(kind, f"{words[0][0]} {words[-1]}", entity)
        yield KnownName(kind, f"{words[-1]} {words[0]}", entity)


def _says_nothing(text: str) -> bool:
    """Whether a text identifies nobody: too short, a small number, or ordinary words and roles alone."""
    words = tokens(text)
    letters = "".join(words)
    if len(letters) < 3:
        return True
    if letters.isdigit():
        return len(letters) < 5
    return all(
        word in word_list("roles") or word in ordinary_words() or (word.isdigit() and len(words) == 1) for word in words
    )
