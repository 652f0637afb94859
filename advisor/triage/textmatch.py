"""Judges the words of an item against every subject of every client in one pass, with evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from advisor.triage import claims, concern, reasons, references, vendor_named
from advisor.triage.bearers import Bearers
from advisor.triage.lexicon import lexicon
from advisor.triage.masks import compact, read
from advisor.triage.mentions import Automaton, Key, Mention
from advisor.triage.names import Form, level_of, plain, product_forms, vendor_forms
from advisor.triage.seen import Part, PartName, look, part_of
from advisor.triage.subjects import ItemText, Rows, Subject
from advisor.triage.versions import scheme_for
from knowledge.records.base import ClientId
from knowledge.records.triage import Verdict

MAX_MENTIONS = 24
"""Mentions of one name in one item that are read; a text that repeats a name more often says nothing new of it."""

_AHEAD = 2_000
"""Items that take one step together."""

_MANY_PRODUCTS = re.compile(r"\b(?:multiple|several|various)\s+(?:\w+\s+)?products\b", re.IGNORECASE)

_Found = tuple[Part, Mention]


class Judgement(NamedTuple):
    """One verdict and whose it is."""

    client_id: ClientId
    verdict: Verdict


class _Name(NamedTuple):
    """A vendor and product as some inventories write it, with what a link may call it."""

    key: str
    """The product, compact."""
    vendors: frozenset[str]
    link_keys: frozenset[str]
    """Names that a link may bear by themselves."""
    weak_link_keys: frozenset[str]
    """Names made of ordinary words: a link that bears one must lead to the vendor."""


class _Weighed(NamedTuple):
    """One item, held against the names that any client bears, before any row is looked at."""

    parts: tuple[Part, ...]
    by_key: dict[Key, list[_Found]]
    """Where each product and each vendor is named."""
    named: references.Named
    found: dict[Key, concern.Concern]
    placed: tuple[claims.Placed, ...]
    """What it says of versions."""


class _Asked(NamedTuple):
    """A row that is asked about where only its vendor is named."""

    client_id: ClientId
    position: int
    others: int
    """How many more of the client's rows are meant with it."""


def _product_key(vendor: str, product: str) -> Key:
    return ("product", plain(vendor), plain(product))


@lru_cache(maxsize=200_000)
def _keys(vendor: str, product: str) -> tuple[Key, ...]:
    """The names of one subject: its product, and its vendor."""
    keys: list[Key] = [_product_key(vendor, product)] if product else []
    return (*keys, ("vendor", plain(vendor), "")) if vendor else tuple(keys)


def _name(vendor: str, product: str, forms: Iterable[Form]) -> _Name:
    sure: list[str] = []
    weak: list[str] = []
    for form in forms:
        if form.origin in ("name", "alias") and len(form.key) >= 4:
            if form.level in ("sure", "capital"):
                sure.append(form.key)
            elif form.level in ("phrase", "weak"):
                weak.append(form.key)
    return _Name(compact(product), lexicon().related_vendors(vendor), frozenset(sure), frozenset(weak))


class TextMatcher:
    """Holds the names of all subjects of all clients; `judge` costs text length plus matches, not clients x items.

    Names are shared between clients, facts are not: a name is added once however many clients bear it, and each
    verdict is made from its own subject's row.
    """

    def __init__(self) -> None:
        self._automaton = Automaton()
        self._names: dict[Key, _Name] = {}
        self._bearers: Bearers[tuple[str, str], Key] = Bearers(lambda written: _keys(*written))
        self._suppliers: dict[Key, tuple[_Asked, ...]] | None = None
        """The suppliers of every name, since the rows last changed; None where nobody asked since."""
        self._foremost: dict[Key, tuple[_Asked, ...]] = {}
        """What the method of that name has found since the rows last changed."""
        self._by_link: dict[str, set[Key]] = defaultdict(set)
        self._clients: dict[ClientId, Rows] = {}
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
        matcher.replace((client_id, Rows.of(rows)) for client_id, rows in by_client.items())
        return matcher

    def replace(self, clients: Iterable[tuple[ClientId, Rows]]) -> None:
        """Sets what some clients have; no rows remove a client. Other clients' names are not read again."""
        self._suppliers = None
        self._foremost.clear()
        changed: dict[Key, int] = {}
        """Names that came (1) and went (-1), all clients taken together."""
        for client_id, rows in clients:
            if rows:
                self._clients[client_id] = rows
                change = self._bearers.put(client_id, rows.names)
            else:
                self._clients.pop(client_id, None)
                change = self._bearers.drop(client_id)
            for key in change.gone:
                changed[key] = changed.get(key, 0) - 1
            for key in change.new:
                changed[key] = changed.get(key, 0) + 1
        for key, came in changed.items():
            if came < 0:
                self._automaton.remove(key)
                self._forget(key)
            elif came > 0:
                self._learn(key)

    @property
    def clients(self) -> tuple[ClientId, ...]:
        """Ids of the clients it holds."""
        return tuple(self._clients)

    def _learn(self, key: Key) -> None:
        """Takes in a name that no client bore so far."""
        kind, vendor, product = key
        if kind == "vendor":
            self._automaton.add(key, vendor_forms(vendor))
            return
        forms = product_forms(vendor, product)
        self._automaton.add(key, forms)
        name = self._names[key] = _name(vendor, product, forms)
        for link in name.link_keys | name.weak_link_keys:
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
        return self._verdicts(item, self._weigh(item, self._read(item)))

    def judge_all(self, items: Sequence[ItemText]) -> Iterator[list[Judgement]]:
        """What `judge` says of each item.

        Many items go through one step before any goes through the next: what a step works with is large (the automaton,
        the patterns, all clients' rows), and then near.
        """
        for start in range(0, len(items), _AHEAD):
            ahead = items[start : start + _AHEAD]
            read = [self._read(item) for item in ahead]
            weighed = [self._weigh(item, parts) for item, parts in zip(ahead, read, strict=True)]
            for item, one in zip(ahead, weighed, strict=True):
                yield self._verdicts(item, one)

    def _weigh(self, item: ItemText, parts: tuple[Part, ...]) -> _Weighed:
        """Which names the item concerns, and what it says of versions."""
        named = references.named_in(item.links)
        by_key: dict[Key, list[_Found]] = {}
        for part in parts:
            for mention in part.mentions:
                key = mention.key
                if key[0] in ("product", "vendor"):
                    held = by_key.get(key)
                    if held is None:
                        by_key[key] = [(part, mention)]
                    elif len(held) < MAX_MENTIONS:
                        held.append((part, mention))
        candidates = {key for key in by_key if key[0] == "product"}
        if item.kind != "news":
            for link in named.projects | named.whole_owners | named.path_words | named.segments:
                candidates |= self._by_link.get(link, set())
        kind: Literal["record", "news"] = "news" if item.kind == "news" else "record"
        found: dict[Key, concern.Concern] = {}
        for key in sorted(candidates):
            name = self._names[key]
            own = by_key.get(key, ())
            maker = by_key.get(("vendor", key[1], ""))
            found[key] = concern.judge_product(
                kind,
                parts,
                [look(part, mention, name.vendors) for part, mention in own],
                vendor_named=maker is not None and _named_apart(maker, own),
                named=named,
                form_keys=name.link_keys,
                weak_keys=name.weak_link_keys,
                own_key=name.key,
                vendors=name.vendors,
            )
        _drop_platforms(found)
        placed = claims.placed_claims(parts) if any(one.concerned for one in found.values()) else ()
        return _Weighed(parts, by_key, named, found, placed)

    def _verdicts(self, item: ItemText, weighed: _Weighed) -> list[Judgement]:
        return self._product_verdicts(item, weighed) + self._vendor_verdicts(item, weighed)

    def _read(self, item: ItemText) -> tuple[Part, ...]:
        parts = []
        for name, text in (("title", item.title), ("summary", item.summary)):
            if text.strip():
                reading = read(text)
                which: PartName = "title" if name == "title" else "summary"
                parts.append(part_of(which, reading, self._automaton.scan(reading)))
        return tuple(parts)

    def _product_verdicts(self, item: ItemText, weighed: _Weighed) -> list[Judgement]:
        parts, by_key, named, found, placed = weighed
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
            said = claims.digest(mine, named) if one.concerned else claims.NOTHING
            writer = reasons.ProductReasons(item, one, said, f"{key[1]} {key[2]}".strip())
            answers: dict[tuple[str, str], claims.VersionAnswer] = {}
            rows = [(client_id, self._clients[client_id][position]) for client_id, position in self._bearers.rows(key)]
            if not one.concerned:
                result += [Judgement(client_id, writer.aside(told)) for client_id, told in rows]
                continue
            for client_id, told in rows:
                subject = told.subject
                version = (subject.version, subject.purl)
                answer = answers.get(version)
                if answer is None:
                    scheme = scheme_for(key[1], key[2], subject.purl)
                    answer = answers[version] = claims.answer(subject.version, said, scheme)
                result.append(Judgement(client_id, writer.verdict(told, answer)))
        return result

    def _vendor_verdicts(self, item: ItemText, weighed: _Weighed) -> list[Judgement]:
        parts, by_key, found = weighed.parts, weighed.by_key, weighed.found
        result: list[Judgement] = []
        if item.kind != "news" and not _MANY_PRODUCTS.search(f"{item.title} {item.summary}"):
            return result  # a record names its product; its vendor alone says nothing
        named = sorted([key for key in by_key if key[0] == "vendor"])
        makers = vendor_named.makers_named(parts) if named else frozenset()
        for key in named:
            suppliers = self._suppliers_named(key)
            if not suppliers and not makers.isdisjoint(lexicon().related_vendors(key[1])):
                continue  # a product of the vendor is named, so its name alone asks nothing of an asset
            place = vendor_named.judge_vendor(by_key[key], makers)
            if place is None or not (place.harm or place.incident):
                continue
            writer = reasons.VendorReasons(item, place)
            asked = suppliers
            if place.harm and not place.product_named:
                asked += self._foremost_of(key, frozenset(product for product in found if product[1] == key[1]))
            for client_id, position, others in asked:
                verdict = writer.verdict(self._clients[client_id][position], others)
                if verdict is not None:
                    result.append(Judgement(client_id, verdict))
        return result

    def _suppliers_named(self, vendor: Key) -> tuple[_Asked, ...]:
        """The suppliers of that name, clients in the order they were put in."""
        if self._suppliers is None:
            found: dict[Key, list[_Asked]] = defaultdict(list)
            for client_id in self._bearers.clients():
                rows = self._clients[client_id]
                for position in sorted(rows.suppliers):
                    for key in _keys(*rows.names[position]):
                        found[key].append(_Asked(client_id, position, 0))
            self._suppliers = {key: tuple(asked) for key, asked in found.items()}
        return self._suppliers.get(vendor, ())

    def _foremost_of(self, vendor: Key, judged: frozenset[Key]) -> tuple[_Asked, ...]:
        """Of each client's rows with products of a vendor the one that matters most: one question is enough.

        Rows whose product is `judged` by itself are left out.
        """
        if not judged and vendor in self._foremost:
            return self._foremost[vendor]
        owned: dict[ClientId, list[int]] = {}
        for client_id, position in self._bearers.rows(vendor):
            name = self._clients[client_id].names[position]
            if name[1] and not (judged and _keys(*name)[0] in judged):
                owned.setdefault(client_id, []).append(position)
        asked: list[_Asked] = []
        for client_id, positions in owned.items():
            # one row alone is not weighed, as that reads it
            weigh = self._clients[client_id].weight
            first = min(positions, key=weigh) if len(positions) > 1 else positions[0]
            asked.append(_Asked(client_id, first, len(positions) - 1))
        if not judged:
            self._foremost[vendor] = tuple(asked)
        return tuple(asked)


def _named_apart(vendor: Sequence[_Found], own: Sequence[_Found]) -> bool:
    """Whether a vendor is named other than where the same words name its product."""
    spans = {(part.name, mention.first, mention.last) for part, mention in own}
    return any((part.name, mention.first, mention.last) not in spans for part, mention in vendor)


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
