"""Holds news without a product against a client's profile: campaigns against its sector, rules for its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml

from advisor.triage.masks import Reading, fold, read
from advisor.triage.subjects import ItemText
from knowledge.records.client import Client
from knowledge.records.triage import Evidence, ItemRef, Match, Verdict

CONFIDENCE = {"profile-sector": 0.4, "profile-jurisdiction": 0.5}

_CAMPAIGN = re.compile(
    r"\b(?:campaigns?|target(?:s|ed|ing)?|ransomware|attack(?:s|ed|ing)?|hit(?:s|ting)?|breach(?:es|ed)?|phishing|espionage|hackers?|extort\w*|"
    r"compromis(?:e|es|ed|ing)|malware|intrusions?|warns?|alert)\b",
    re.IGNORECASE,
)
_RULE_MAKING = re.compile(
    r"\b(?:law|laws|bill|regulations?|regulators?|directive|act|rules?|compliance|fines?|fined|penalt(?:y|ies)|enforcement|mandates?|requirements?|"
    r"legislation|legislators?|lawmakers|deadline|guidance|obligations?|reporting|standard)\b",
    re.IGNORECASE,
)
_WHAT_CHANGED = re.compile(
    r"\b(?:new|proposes?|proposed|proposal|adopts?|adopted|approves?|approved|signs?|signed|passes|passed|takes?\s+effect|took\s+effect|effective|enters?\s+into\s+force|"
    r"deadline|final(?:izes?|ized)?|updates?|updated|revis\w+|fines?|fined|penalt\w+|enforc\w+|requires?|required|mandates?|must|extends?|extended|publish\w*|issues?|issued|settle\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Row:
    kind: Literal["sector", "place", "rule"]
    id: str
    places: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Profile:
    pattern: re.Pattern[str]
    rows: dict[str, _Row]
    sector_words: dict[str, frozenset[str]]
    """Word of a client's sector field -> sector ids."""
    wider: dict[str, frozenset[str]]
    """Place -> the places it lies in."""


@dataclass(frozen=True, slots=True)
class Named:
    """One sector, place or rule that a text names, and where."""

    row: _Row
    part: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _profile() -> _Profile:
    text = resources.files("advisor.triage").joinpath("data/profile.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    rows: dict[str, _Row] = {}
    for sector in data["sectors"]:
        rows |= {fold(name): _Row("sector", sector["id"]) for name in sector["names"]}
    for place in data["jurisdictions"]:
        rows |= {fold(name): _Row("place", str(place["code"])) for name in place["names"]}
    for rule in data["rules"]:
        row = _Row("rule", rule["name"], frozenset(map(str, rule["places"])), frozenset(rule["sectors"]))
        rows |= {fold(name): row for name in rule["names"]}
    names = sorted(rows, key=len, reverse=True)
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, names)) + r")(?![\w-])")
    words: dict[str, set[str]] = {}
    for sector in data["sectors"]:
        for word in sector["clients"]:
            words.setdefault(word, set()).add(sector["id"])
    return _Profile(
        pattern=pattern,
        rows=rows,
        sector_words={word: frozenset(ids) for word, ids in words.items()},
        wider={str(place["code"]): frozenset(map(str, place.get("in", ()))) for place in data["jurisdictions"]},
    )


def sectors_of(client: Client) -> frozenset[str]:
    """The sectors that a client's sector field names; empty where it says none that is known."""
    profile = _profile()
    field = fold(client.sector)
    ids: set[str] = set()
    for word, found in profile.sector_words.items():
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", field):
            ids |= found
    return frozenset(ids)


def places_of(client: Client) -> frozenset[str]:
    """The client's jurisdictions with those they lie in (`DE` lies in `EU`, `US-TX` in `US`)."""
    found: set[str] = set()
    for code in client.jurisdictions:
        found.add(code)
        found |= _profile().wider.get(code, frozenset())
        if "-" in code:
            found.add(code.split("-", 1)[0])
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class ProfileText:
    """One news item, read once for all clients."""

    item: ItemText
    readings: tuple[tuple[str, Reading], ...]
    named: tuple[Named, ...]


def read_profile(item: ItemText) -> ProfileText:
    """Finds the sectors, places and rules that an item names; one pass for all clients."""
    profile = _profile()
    readings = tuple((name, read(text)) for name, text in (("title", item.title), ("summary", item.summary)) if text)
    found = []
    for part, reading in readings:
        for one in profile.pattern.finditer(reading.folded):
            row = profile.rows[one.group()]
            written = reading.raw[one.start() : one.end()]
            if row.kind != "sector" and written.islower():
                continue  # "turkey", "act": names of places and laws are written with capitals
            found.append(Named(row, part, one.start(), one.end()))
    return ProfileText(item, readings, tuple(found))


def profile_verdicts(text: ProfileText, client: Client) -> list[Verdict]:
    """Verdicts on the client itself: at most one for its sector and one for its jurisdiction.

    `profile-sector`: the sentence names the client's sector and a campaign or attack. `profile-jurisdiction`: the
    sentence names a rule that binds the client's place and sector, or its place together with rule-making, and says
    that something changes. Deterministic; the evidence is the sentence.
    """
    sectors, places = sectors_of(client), places_of(client)
    verdicts: dict[str, Verdict] = {}
    sentences = dict(text.readings)
    for named in text.named:
        reading = sentences[named.part]
        low, high = reading.sentence(reading.sentence_of(named.start))
        sentence = reading.raw[low:high]
        row = named.row
        where = {"part": named.part, "sentence": sentence}
        if row.kind == "sector" and row.id in sectors and _CAMPAIGN.search(sentence):
            reason = f"The item reports attacks on your sector ({row.id})."
            verdict = _verdict(text.item, client, "profile-sector", held=client.sector, reason=reason, **where)
            verdicts.setdefault("profile-sector", verdict)
        binds = row.kind == "rule" and _meets(row.places, places) and _meets(row.sectors, sectors)
        local = row.kind == "place" and row.id in places and bool(_RULE_MAKING.search(sentence))
        if (binds or local) and _WHAT_CHANGED.search(sentence):
            told = f"{row.id}, which binds you" if binds else f"rules in your jurisdiction ({row.id})"
            held = ", ".join(client.jurisdictions) or client.sector
            reason = f"The item speaks of {told}."
            verdict = _verdict(text.item, client, "profile-jurisdiction", held=held, reason=reason, **where)
            if binds or "profile-jurisdiction" not in verdicts:
                verdicts["profile-jurisdiction"] = verdict
    return list(verdicts.values())


def _meets(asked: frozenset[str], had: frozenset[str]) -> bool:
    """True where a rule asks for nothing, or for something the client has."""
    return not asked or bool(asked & had)


def _verdict(item: ItemText, client: Client, rule: str, *, part: str, sentence: str, held: str, reason: str) -> Verdict:
    field = "sector" if rule == "profile-sector" else "jurisdictions"
    evidence = (
        Evidence(kind="words", text=" ".join(sentence.split())[:400], locator=part),
        Evidence(kind="profile", text=held, locator=f"{client.id}.{field}"),
    )
    return Verdict(
        item=ItemRef(kind=item.kind, id=item.id),
        kind="vendor-only",
        match=Match(
            rule=rule,
            subject_kind="client",
            subject_id=client.id,
            subject_name=client.name,
            evidence=evidence,
            confidence=CONFIDENCE[rule],
        ),
        reason=reason,
        cve_ids=item.cve_ids,
    )
