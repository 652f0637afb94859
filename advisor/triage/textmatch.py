"""Judges the words of an item against every subject of every client in one pass, with evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from advisor.triage import claims, concern, reasons, references
from advisor.triage.lexicon import lexicon
from advisor.triage.masks import compact, read
from advisor.triage.mentions import Automaton, Key, Mention
from advisor.triage.names import Form, level_of, plain, product_forms, vendor_forms
from advisor.triage.subjects import ItemText, Subject
from advisor.triage.versions import scheme_for
from knowledge.records.base import ClientId
from knowledge.records.triage import Verdict

MAX_MENTIONS = 24
"""Mentions of one name in one item that are read; a text that repeats a name more often says nothing new of it."""

_MANY_PRODUCTS = re.compile(r"\b(?:multiple|several|various)\s+(?:\w+\s+)?products\b", re.IGNORECASE)

_Found = tuple[concern.Part, Mention]


class Judgement(NamedTuple):
    """One verdict and whose it is."""

    client_id: ClientId
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Name:
    """A vendor and product as some inventories write it, with what the automaton knows of it."""

    key: Key
    vendors: frozenset[str]
    link_keys: frozenset[str]
    """Names that a link may bear by themselves."""
    weak_link_keys: frozenset[str]
    """Names made of ordinary words: a link that bears one must lead to the vendor."""


def _product_key(vendor: str, product: str) -> Key:
    return ("product", plain(vendor), plain(product))


@lru_cache(maxsize=200_000)
def _keys(vendor: str, product: str) -> tuple[Key, ...]:
    """The names of one subject: its product, and its vendor."""
    keys: list[Key] = [_product_key(vendor, product)] if product else []
    return (*keys, ("vendor", plain(vendor), "")) if vendor else tuple(keys)


def _link_keys(forms: Iterable[Form], *, sure: bool) -> frozenset[str]:
    """The names that a link may bear: those that stand alone, or those that need their vendor beside them."""
    levels = ("sure", "capital") if sure else ("phrase", "weak")
    kept = (form for form in forms if form.origin in ("name", "alias") and form.level in levels)
    return frozenset(form.key for form in kept if len(form.key) >= 4)


class TextMatcher:
    """Holds the names of all subjects of all clients; `judge` costs text length plus matches, not clients x items.

    Names are shared between clients, facts are not: a name is added once however many clients bear it, and each
    verdict is made from its own subject's row.
    """

    def __init__(self) -> None:
        self._automaton = Automaton()
        self._names: dict[Key, _Name] = {}
        self._subjects: dict[Key, dict[ClientId, list[Subject]]] = {}
        self._by_link: dict[str, set[Key]] = defaultdict(set)
        self._clients: dict[ClientId, tuple[Subject, ...]] = {}
        for row in lexicon().products:
            key: Key = ("known", row.vendor, row.names[0])
            names = [name for name in row.names if level_of(name, lexicon()) in ("sure", "capital")]
            forms = tuple(Form(text=name, key=compact(name), level="sure", origin="name") for name in names)
            self._automaton.add(key, forms)
        for vendor in lexicon().vendors:
            self._automaton.add(("maker", vendor.name, ""), vendor_forms(vendor.name))

    @classmethod
    def build(cls, subjects: Iterable[tuple[ClientId, Subject]]) -> TextMatcher:
        """A matcher over subjects of any number of clients."""
        matcher = cls()
        by_client: dict[ClientId, list[Subject]] = defaultdict(list)
        for client_id, subject in subjects:
            by_client[client_id].append(subject)
        for client_id, rows in by_client.items():
            matcher.replace_client(client_id, rows)
        return matcher

    def replace_client(self, client_id: ClientId, subjects: Sequence[Subject]) -> None:
        """Sets what a client has; an empty list removes the client. Other clients' names are not read again."""
        for old in self._clients.pop(client_id, ()):
            for key in _keys(old.vendor, old.product):
                rows = self._subjects.get(key, {})
                if rows.pop(client_id, None) is not None and not rows:
                    del self._subjects[key]
                    self._automaton.remove(key)
                    self._forget(key)
        if not subjects:
            return
        self._clients[client_id] = tuple(subjects)
        mine: dict[Key, list[Subject]] = {}
        for subject in subjects:
            for key in _keys(subject.vendor, subject.product):
                rows_of_key = mine.get(key)
                if rows_of_key is None:
                    mine[key] = [subject]
                else:
                    rows_of_key.append(subject)
        for key, held in mine.items():
            users = self._subjects.get(key)
            if users is None:
                self._learn(key)
                self._subjects[key] = {client_id: held}
            else:
                users[client_id] = held

    @property
    def clients(self) -> tuple[ClientId, ...]:
        """Ids of the clients it holds."""
        return tuple(self._clients)

    def _learn(self, key: Key) -> None:
        """Takes in a name that no client bore so far."""
        kind, vendor, product = key
        forms = product_forms(vendor, product) if kind == "product" else vendor_forms(vendor)
        self._automaton.add(key, forms)
        sure = _link_keys(forms, sure=True) if kind == "product" else frozenset()
        weak = _link_keys(forms, sure=False) if kind == "product" else frozenset()
        self._names[key] = _Name(key, lexicon().related_vendors(vendor), sure, weak)
        for link in sure | weak:
            self._by_link[link].add(key)

    def _forget(self, key: Key) -> None:
        name = self._names.pop(key, None)
        for link in name.link_keys | name.weak_link_keys if name else ():
            self._by_link[link].discard(key)

    def judge(self, item: ItemText) -> list[Judgement]:
        """Verdicts on one item for every subject it names, of all clients, also those that end in "not relevant".

        Subjects that the text does not name get no verdict, nor do names that are ordinary words of the text. CVE ids
        in the text are masked and decide nothing.
        """
        parts = self._read(item)
        named = references.named_in(item.links)
        by_key: dict[Key, list[tuple[concern.Part, Mention]]] = defaultdict(list)
        for part in parts:
            for mention in part.mentions:
                if len(by_key[mention.key]) < MAX_MENTIONS:
                    by_key[mention.key].append((part, mention))
        candidates = {key for key in by_key if key[0] == "product"}
        if item.kind != "news":
            for link in named.projects | named.whole_owners | named.path_words | named.segments:
                candidates |= self._by_link.get(link, set())
        kind: Literal["record", "news"] = "news" if item.kind == "news" else "record"
        found: dict[Key, concern.Concern] = {}
        for key in sorted(candidates):
            name = self._names[key]
            seen = [concern.look(part, mention, name.vendors) for part, mention in by_key.get(key, ())]
            found[key] = concern.judge_product(
                kind,
                parts,
                seen,
                vendor_parts=_vendor_places(by_key.get(("vendor", key[1], ""), ()), by_key.get(key, ())),
                named=named,
                form_keys=name.link_keys,
                weak_keys=name.weak_link_keys,
                own_key=compact(key[2]),
                vendors=name.vendors,
            )
        _drop_platforms(found)
        judgements = self._product_verdicts(item, parts, by_key, found, named)
        return judgements + self._vendor_verdicts(item, parts, by_key, found)

    def _read(self, item: ItemText) -> tuple[concern.Part, ...]:
        parts = []
        for name, text in (("title", item.title), ("summary", item.summary)):
            if text.strip():
                reading = read(text)
                which: concern.PartName = "title" if name == "title" else "summary"
                parts.append(concern.part_of(which, reading, self._automaton.scan(reading)))
        return tuple(parts)

    def _product_verdicts(
        self,
        item: ItemText,
        parts: tuple[concern.Part, ...],
        by_key: dict[Key, list[_Found]],
        found: dict[Key, concern.Concern],
        named: references.Named,
    ) -> list[Judgement]:
        placed = claims.placed_claims(parts) if any(one.concerned for one in found.values()) else ()
        places = {
            key: frozenset((seen.part.name, seen.sentence) for seen in (one.seen, *one.others) if seen is not None)
            for key, one in found.items()
            if one.concerned
        }
        coverage = {part.name: claims.coverage_of(part, places) for part in parts} if placed else {}
        result: list[Judgement] = []
        for key, one in found.items():
            if not one.concerned and (one.seen is None or one.seen.mention.form.level not in ("sure", "capital")):
                continue  # ordinary words that happen to be a name: no judgement was asked for
            mine: tuple[claims.Placed, ...] = ()
            if one.concerned:
                news = item.kind == "news"
                mine = claims.claims_for(key, one.seen, placed, places=places, coverage=coverage, nearby=news)
                mine = mine or (() if news else claims.claims_after(by_key.get(key, ())))
            said = claims.digest(mine, named if one.concerned else None)
            writer = reasons.ProductReasons(item, one, said, f"{key[1]} {key[2]}".strip())
            answers: dict[tuple[str, str], claims.VersionAnswer] = {}
            for client_id, subjects in self._subjects[key].items():
                for subject in subjects:
                    row = (subject.version, subject.purl)
                    if row not in answers:
                        answers[row] = claims.answer(subject.version, said, scheme_for(key[1], key[2], subject.purl))
                    result.append(Judgement(client_id, writer.verdict(subject, answers[row])))
        return result

    def _vendor_verdicts(
        self,
        item: ItemText,
        parts: tuple[concern.Part, ...],
        by_key: dict[Key, list[tuple[concern.Part, Mention]]],
        found: dict[Key, concern.Concern],
    ) -> list[Judgement]:
        result: list[Judgement] = []
        if item.kind != "news" and not _MANY_PRODUCTS.search(f"{item.title} {item.summary}"):
            return result  # a record names its product; its vendor alone says nothing
        makers = concern.makers_named(parts)
        for key in sorted(key for key in by_key if key[0] == "vendor"):
            place = concern.judge_vendor(by_key[key], makers)
            if place is None or not (place.harm or place.incident):
                continue
            writer = reasons.VendorReasons(item, place)
            for client_id, subjects in self._subjects.get(key, {}).items():
                asked: list[tuple[Subject, int]] = [
                    (subject, 0) for subject in subjects if subject.kind == "third-party" and not subject.tool
                ]
                if place.harm and not place.product_named:
                    owned = [one for one in subjects if one.product and _keys(one.vendor, one.product)[0] not in found]
                    if owned:
                        # one question a vendor and client is enough: the row that matters most stands for the others
                        asked.append((min(owned, key=_weight), len(owned) - 1))
                for subject, others in asked:
                    verdict = writer.verdict(subject, others)
                    if verdict is not None:
                        result.append(Judgement(client_id, verdict))
        return result


def _weight(subject: Subject) -> tuple[bool, bool, str]:
    """Sorts the rows of a client by how much an open question about them matters, the most first."""
    return subject.exposure != "internet", not subject.critical, subject.id


def _vendor_places(vendor: Sequence[_Found], own: Sequence[_Found]) -> frozenset[tuple[concern.PartName, int]]:
    """The parts and sentences that name a vendor, other than where the same words name its product."""
    spans = {(part.name, mention.first, mention.last) for part, mention in own}
    return frozenset(
        (part.name, part.reading.sentence_of(part.reading.starts[mention.first]))
        for part, mention in vendor
        if (part.name, mention.first, mention.last) not in spans
    )


def _drop_platforms(found: dict[Key, concern.Concern]) -> None:
    """A platform named in the summary is not the story where the title names a product that is."""

    def platform(one: concern.Concern) -> bool:
        return one.seen is not None and one.seen.mention.form.key in lexicon().platforms

    titled = any(
        one.concerned and one.seen and one.seen.part.name == "title" and not platform(one) for one in found.values()
    )
    for key, one in found.items():
        if titled and one.concerned and platform(one) and one.seen and one.seen.part.name != "title":
            found[key] = concern.Concern(False, one.seen, one.link_named, one.others)
