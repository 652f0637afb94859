"""Holds news without a product against clients' profiles: new rules that bind them, attacks on their sector."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from advisor.triage import profile_patterns as patterns
from advisor.triage.masks import Reading, fold, read
from advisor.triage.profile_data import Entry, Mentioned, Profile, mentions
from advisor.triage.subjects import ItemText
from knowledge.records.triage import Evidence, ItemRef, Match, Verdict

ProfileRule = Literal["profile-regulation", "profile-campaign"]

CONFIDENCE: Final[dict[ProfileRule, float]] = {"profile-regulation": 0.7, "profile-campaign": 0.6}

READ_UP_TO: Final = 700
"""Characters of a summary that are read: what an item is about stands at its start."""
QUOTE: Final = 300
"""Characters of the quoted sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one item says that could concern a client by its profile alone."""

    rule: ProfileRule
    entry: Entry
    """The law, regulator or place that makes a rule; the sector that is attacked."""
    places: frozenset[str]
    """Codes of the places it binds or hits; empty: anywhere."""
    sectors: frozenset[str]
    """Sector ids it binds or hits; empty: every sector."""
    part: Literal["title", "summary"]
    quote: str


@dataclass(frozen=True, slots=True)
class _Part:
    name: Literal["title", "summary"]
    text: str
    reading: Reading
    found: tuple[Mentioned, ...]

    def sentence(self, at: int) -> tuple[int, int]:
        return self.reading.sentence(self.reading.sentence_of(at))

    def around(self, one: Mentioned) -> tuple[str, str, str]:
        """The sentence of a mention: before it, whole, after it."""
        low, high = self.sentence(one.start)
        raw = self.reading.raw
        return raw[low : one.start], raw[low:high], raw[one.end : high]

    def quote(self, one: Mentioned) -> str:
        low, high = self.sentence(one.start)
        if high - low > QUOTE:
            low = max(low, one.start - QUOTE // 3)
            high = min(high, low + QUOTE)
        return self.text[low:high].strip()


def findings(item: ItemText) -> tuple[Finding, ...]:
    """Reads one news item for all clients; empty for items with a CVE id, which are judged by product.

    At most one finding of a rule for each law, regulator, place or sector.
    """
    if item.kind != "news" or item.cve_ids:
        return ()
    start = patterns.ASIDE.split(item.summary[:READ_UP_TO])[0]
    if not _worth_reading(item.title, start) or patterns.ROUNDUP.search(item.title):
        return ()
    if patterns.NOT_NEWS.search(item.title):
        return ()
    parts = []
    for name, text in (("title", item.title), ("summary", start)):
        reading = read(text)
        found = tuple(mentions(reading.raw, reading.folded))
        parts.append(_Part("title" if name == "title" else "summary", text, reading, found))
    found_all = [*_regulations(parts), *_campaigns(parts)]
    return tuple({(one.rule, one.entry.kind, one.entry.name): one for one in reversed(found_all)}.values())[::-1]


def _worth_reading(title: str, summary: str) -> bool:
    """Quickly, for most news by far: whether anything is named that a rule starts from."""
    kinds = {one.entry.kind for one in mentions(summary, fold(summary))}
    titled = {one.entry.kind for one in mentions(title, fold(title))}
    if "law" in kinds | titled or "regulator" in titled:
        return True
    if "sector" in kinds | titled and patterns.CAMPAIGN.search(f"{title} {summary}"):
        return True
    return "place" in titled and bool(patterns.RULE_VERB.search(title) or patterns.BAN.search(title))


def _regulations(parts: Sequence[_Part]) -> Iterable[Finding]:
    title, summary = parts
    everything = f"{title.reading.folded} {summary.reading.folded}"
    for part in parts:
        for one in part.found:
            entry = one.entry
            if entry.needs and not any(re.search(rf"\b{re.escape(word)}\b", everything) for word in entry.needs):
                continue
            about = (
                (entry.kind == "law" and _law_changes(part, one, summary))
                or (entry.kind == "regulator" and part.name == "title" and _makes_rules(part, one))
                or (entry.kind == "place" and part.name == "title" and _place_makes_rules(part, one))
            )
            if about:
                # A place's rule is for the sectors that its title names, else for everybody there.
                named = frozenset(two.entry.name for two in title.found if two.entry.kind == "sector")
                yield _regulation(part, one, named if entry.kind == "place" else entry.sectors)


def _regulation(part: _Part, one: Mentioned, sectors: frozenset[str]) -> Finding:
    return Finding("profile-regulation", one.entry, one.entry.places, sectors, part.name, part.quote(one))


def _law_changes(part: _Part, one: Mentioned, summary: _Part) -> bool:
    """The item is about the law, and something of it changes, falls due or is enforced."""
    before, sentence, after = part.around(one)
    # A fine for somebody else says something to those whom a narrow law binds; under a law for all it is daily news.
    enforced = bool(one.entry.sectors) and bool(patterns.ENFORCEMENT.search(sentence))
    if part.name == "summary":
        return part.reading.sentence_of(one.start) < 2 and bool(patterns.STRONG_CHANGE.search(sentence))
    if enforced or patterns.CHANGE.search(sentence):
        return True
    leads = not before.strip(" '\"“‘") and after.lstrip().startswith(":")
    return leads and bool(patterns.CHANGE.search(summary.reading.raw) or patterns.CHANGE.search(after))


def _makes_rules(part: _Part, one: Mentioned) -> bool:
    """The title's subject makes a rule: `China imposes one-hour reporting rule`."""
    before, _, after = part.around(one)
    if len(before.split()) > 3:
        return False
    if patterns.BAN.search(after[:60]) and patterns.OUR_FIELD.search(after):
        return True
    if one.entry.kind == "regulator" and patterns.ENFORCEMENT.search(after[:60]):
        return patterns.OUR_FIELD.search(after) is not None
    verb = patterns.RULE_VERB.search(after)
    return verb is not None and verb.start() < 60 and patterns.RULE_NOUN.search(after, verb.end()) is not None


def _place_makes_rules(part: _Part, one: Mentioned) -> bool:
    """The same of a place, where an attacker's home and a fine for one company are not meant."""
    title = part.reading.raw
    ours = patterns.OUR_FIELD.search(title) and not patterns.ENFORCEMENT.search(title)
    return bool(ours) and not _attacker(part, one) and _makes_rules(part, one)


def _campaigns(parts: Sequence[_Part]) -> Iterable[Finding]:
    if not any(patterns.CAMPAIGN.search(part.reading.raw) for part in parts):
        return
    for part in parts:
        for one in part.found:
            if one.entry.kind != "sector" or not _attacked(part, one):
                continue
            places = _victim_places(parts, part, one)
            yield Finding(
                "profile-campaign", one.entry, places, frozenset({one.entry.name}), part.name, part.quote(one)
            )


def _attacked(part: _Part, one: Mentioned) -> bool:
    before, sentence, after = part.around(one)
    if patterns.CUSTOMERS.search(after):
        return False
    if part.name == "summary":
        # Only what the item opens with, and only as the aim of the attack that it tells of.
        early = part.reading.sentence_of(one.start) < 2
        return early and bool(patterns.ATTACK_BEFORE.search(before)) and bool(patterns.CAMPAIGN.search(sentence))
    return bool(patterns.ATTACK_BEFORE.search(before) or patterns.ATTACK_AFTER.search(after))


def _victim_places(parts: Sequence[_Part], part: _Part, one: Mentioned) -> frozenset[str]:
    """Where the attacked are: the title's places, else those of the same sentence, else of the summary's first."""
    title, summary = parts
    low, high = part.sentence(one.start)
    for scope, start, end in ((title, 0, len(title.text)), (part, low, high), (summary, *summary.sentence(0))):
        named = [
            two
            for two in scope.found
            if two.entry.kind == "place" and start <= two.start < end and not _attacker(scope, two)
        ]
        if named:
            return frozenset(code for two in named for code in two.entry.places)
        if patterns.EVERYWHERE.search(scope.reading.raw, start, end):
            return frozenset()
    return frozenset()


def _attacker(part: _Part, one: Mentioned) -> bool:
    """`Chinese hackers`, `Russia-linked`, `blames Iran`: where the attack comes from, not where it goes."""
    before, _, after = part.around(one)
    return bool(patterns.ATTACKER_AFTER.search(after) or patterns.ATTACKER_BEFORE.search(before))


def judge_profile(item: ItemText, found: Sequence[Finding], profile: Profile) -> Verdict | None:
    """The verdict on the client itself; None where nothing that was found fits its sector and place.

    Rules come before campaigns. The kind is `vendor-only`: nothing of the client is named, so nothing is decided; a
    person reads it. Deterministic, without a clock.
    """
    fitting = [one for one in found if _fits(one, profile)]
    if not fitting:
        return None
    # Laws before regulators before places: the narrower name says more.
    order = {"law": 0, "regulator": 1, "place": 2, "sector": 3}
    first = min(fitting, key=lambda one: (one.rule != "profile-regulation", order[one.entry.kind], one.part != "title"))
    client = profile.client
    evidence = [Evidence(kind="words", text=first.quote, locator=first.part)]
    if first.sectors:
        evidence.append(Evidence(kind="profile", text=client.sector, locator="profile.sector"))
    if first.places:
        own = ", ".join(profile.fields_in(first.places))
        evidence.append(Evidence(kind="profile", text=own, locator="profile.jurisdictions"))
    if not first.sectors and not first.places:
        evidence.append(Evidence(kind="profile", text=client.sector, locator="profile.sector"))
    said = f"{first.entry.label} ({first.entry.cite})" if first.entry.cite else first.entry.label
    evidence.append(Evidence(kind="rule", text=said, locator=f"{first.entry.kind}.{first.entry.name}"))
    return Verdict(
        item=ItemRef(kind=item.kind, id=item.id),
        kind="vendor-only",
        match=Match(
            rule=first.rule,
            subject_kind="client",
            subject_id=client.id,
            subject_name=client.name,
            evidence=tuple(evidence),
            confidence=CONFIDENCE[first.rule],
        ),
        reason=_reason(first, said),
    )


def _fits(one: Finding, profile: Profile) -> bool:
    sector = bool(one.sectors & profile.sectors) if one.sectors else one.rule == "profile-regulation"
    return sector and (not one.places or bool(one.places & profile.places))


def _reason(one: Finding, said: str) -> str:
    if one.rule == "profile-campaign":
        return f"Attacks on your sector ({one.entry.label}) are reported; nothing of yours is named."
    if one.entry.kind == "place":
        return f"A new rule in your jurisdiction ({one.entry.label}) is reported; whether it binds you is to be read."
    whom = one.entry.only or ("your sector" if one.sectors else "you")
    verb = "speaks for" if one.entry.kind == "regulator" else "binds"
    where = " where you work" if one.places else ""
    return f"{said} {verb} {whom}{where}, and the item tells what changes or is enforced."
