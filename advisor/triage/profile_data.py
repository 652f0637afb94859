"""Reads the tables of sectors, places, regulators and laws, and what a client's profile means in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import ahocorasick
import yaml

from advisor.triage.masks import fold
from knowledge.records.client import Client

EntryKind = Literal["sector", "place", "regulator", "law"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the tables."""

    kind: EntryKind
    name: str
    """Sector id, place code, or what the regulator or law is called."""
    label: str
    """As a sentence says it."""
    cite: str = ""
    """Official citation of a law."""
    places: frozenset[str] = frozenset()
    """Codes that it binds or, for a place, that it stands for; empty: anywhere."""
    sectors: frozenset[str] = frozenset()
    """Sector ids that it binds; empty: everybody in the place."""
    needs: frozenset[str] = frozenset()
    """One of these words has to stand in the item, because the name alone means other things too."""
    only: str = ""
    """A condition that a client record cannot answer (`listed companies`)."""


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows by the names that news uses."""

    machine: ahocorasick.Automaton
    """Every folded name."""
    by_name: dict[str, tuple[tuple[str, Entry], ...]]
    """Folded name -> (name as the table writes it, row)."""
    sector_words: dict[str, frozenset[str]]
    """Word of a client's sector field -> sector ids."""
    within: dict[str, frozenset[str]]
    """Place -> the places it lies in."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A row that a text names, and where."""

    entry: Entry
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A client as the rules see it."""

    client: Client
    sectors: frozenset[str]
    places: frozenset[str]
    """Codes of its jurisdictions and of the places they lie in: `DE` lies in `EU`, `US-IL` in `US`."""

    @classmethod
    def of(cls, client: Client) -> Profile:
        """Reads the sector field by its words and the jurisdictions by their codes; unknown ones mean nothing."""
        known = tables()
        places: set[str] = set()
        for code in client.jurisdictions:
            places |= {code, *known.within.get(code, ()), code.split("-", 1)[0]}
        return cls(client, _sectors_in(fold(client.sector)), frozenset(places))

    def fields_in(self, places: frozenset[str]) -> tuple[str, ...]:
        """The client's own codes that lie in one of `places`."""
        within = tables().within
        return tuple(
            code for code in self.client.jurisdictions if {code, *within.get(code, ()), code.split("-", 1)[0]} & places
        )


@lru_cache(maxsize=4_096)
def _sectors_in(field: str) -> frozenset[str]:
    """Ids of the sectors whose words stand in a folded sector field."""
    found: set[str] = set()
    for word, ids in tables().sector_words.items():
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", field):
            found |= ids
    return frozenset(found)


def _load(name: str) -> dict[str, Any]:
    text = resources.files("advisor.triage").joinpath(f"data/{name}.yaml").read_text(encoding="utf-8")
    # libyaml where it is built in: the files are read at every start
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    return loaded


def _entry(kind: EntryKind, row: dict[str, Any]) -> Entry:
    return Entry(
        kind=kind,
        name=row["name"],
        label=row["name"],
        cite=row.get("cite", ""),
        places=frozenset(row["places"]),
        sectors=frozenset(row["sectors"]),
        needs=frozenset(row.get("needs", ())),
        only=row.get("only", ""),
    )


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables of `data/sectors.yaml` and `data/jurisdictions.yaml`, read once."""
    sectors, rules = _load("sectors"), _load("jurisdictions")
    rows: list[tuple[str, Entry]] = []
    words: dict[str, set[str]] = {}
    for row in sectors["sectors"]:
        entry = Entry("sector", row["id"], row["label"])
        rows += [(name, entry) for name in row["names"]]
        for word in row["clients"]:
            words.setdefault(fold(word), set()).add(row["id"])
    for row in rules["places"]:
        entry = Entry("place", row["code"], row["names"][0], places=frozenset(row.get("holds", [row["code"]])))
        rows += [(name, entry) for name in row["names"]]
    rows += [(name, _entry("regulator", row)) for row in rules["regulators"] for name in row["names"]]
    rows += [(name, _entry("law", row)) for row in rules["laws"] for name in row["names"]]
    by_name: dict[str, list[tuple[str, Entry]]] = {}
    for name, entry in rows:
        by_name.setdefault(fold(name), []).append((name, entry))
    machine = ahocorasick.Automaton()
    for name in by_name:
        machine.add_word(name, name)
    machine.make_automaton()
    return Tables(
        machine=machine,
        by_name={name: tuple(found) for name, found in by_name.items()},
        sector_words={word: frozenset(ids) for word, ids in words.items()},
        within={row["code"]: frozenset({*row.get("in", ()), row["code"].split("-", 1)[0]}) for row in rules["places"]},
    )


def _boundary(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "_-") and not (after.isalnum() or after == "_")


def mentions(raw: str, folded: str) -> list[Mentioned]:
    """The rows that a text names, the longest name where several stand in one place; costs length plus hits.

    Names other than sectors are written with capitals, and an abbreviation as it is (`us` and `dora` are words).

    Args:
        raw: the text as written.
        folded: the same, folded, character for character.
    """
    known = tables()
    spans = [(last + 1 - len(name), last + 1) for last, name in known.machine.iter(folded)]
    found: list[Mentioned] = []
    free = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < free or not _boundary(folded, start, end):
            continue
        free = end
        written = raw[start:end]
        for name, entry in known.by_name[folded[start:end]]:
            abbreviation_misread = name.isupper() and written != name
            if abbreviation_misread or (entry.kind != "sector" and written[0].islower()):
                continue
            found.append(Mentioned(entry, start, end))
    return found
