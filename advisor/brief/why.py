"""Why the client, and why now: sentences that name the row, the field and the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from advisor.brief.concerns import Concern, Held, product_name
from advisor.brief.facts import BriefFacts
from advisor.brief.state import ItemMemory
from advisor.brief.words import capital, counted, figures, listed, name, on_day, plain, short_day, stop
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.brief import Change, ItemBasis
from knowledge.records.client import Client
from knowledge.records.triage import SubjectKind, VerdictKind
from knowledge.records.vulnerability import KevEntry

EXPOSURE_WORDS: Final[dict[str, str]] = {
    "internet": "open to the internet",
    "internal": "inside your network only",
    "isolated": "cut off from other networks",
    "unknown": "exposure not recorded",
}
_CRITICALITY_WORDS: Final[dict[str, str]] = {
    "critical": "critical to you",
    "high": "of high importance",
    "medium": "of medium importance",
    "low": "of low importance",
    "unknown": "importance not recorded",
}
_WEIGHT_WORDS: Final[dict[str, str]] = {
    "critical": "critical ",
    "high": "important ",
    "low": "minor ",
    "medium": "",
    "unknown": "",
}
_FINDING_WORDS: Final[dict[tuple[VerdictKind, SubjectKind], str]] = {
    ("affected", "asset"): "affected",
    ("affected", "third-party"): "the supplier is affected",
    ("affected", "client"): "you are affected",
    ("version-unknown", "asset"): "not settled: you have the product; whether its version is affected is not known",
    ("version-unknown", "third-party"): "not settled: the supplier uses the product; which version is not known",
    ("version-unknown", "client"): "not settled: the version is not known",
    ("vendor-only", "asset"): "not settled: the name fits, and whether it is this product is not certain",
    (
        "vendor-only",
        "third-party",
    ): "not settled: the supplier or its tool is named; whether that touches you is not known",
    ("vendor-only", "client"): "no asset and no supplier of yours is named",
}


GROUP_FROM: Final = 4
"""So many assets of the same product, version and standing are told in one sentence."""
NAMED_IN_GROUP: Final = 4

MAX_REASON: Final = 300
"""Characters of a verdict's own sentence."""

EPSS_WORTH_SAYING: Final = 0.1
"""Below one in ten, FIRST's estimate is no reason for anything and stays in the JSON."""


def finding_words(kind: VerdictKind, subject: SubjectKind) -> str:
    """A verdict as a client reads it."""
    negative = "not affected" if kind == "version-not-affected" else "does not concern you"
    return _FINDING_WORDS.get((kind, subject), negative)


def why_you(held: Held, facts: BriefFacts, client: Client, today: date) -> tuple[str, ...]:
    """One sentence per asset or supplier; many alike assets share one that names the first and counts the rest."""
    groups: dict[tuple[object, ...], list[Concern]] = {}
    for position, concern in enumerate(held.live):
        asset = concern.asset
        alike: tuple[object, ...] = (position,)
        if asset is not None:
            alike = (concern.kind, asset.vendor, asset.product, asset.version, asset.exposure, asset.criticality)
        groups.setdefault(alike, []).append(concern)
    sentences: list[str] = []
    for group in groups.values():
        assets = [concern.asset for concern in group if concern.asset is not None]
        if len(group) >= GROUP_FROM and assets:
            sentences.append(_group_sentence(group, assets[0]))
        else:
            sentences.extend(_with_reason(concern, facts, client, today) for concern in group)
    return tuple(sentences)


def row_line(held: Held) -> str:
    """The first row in a few words, for items told in a line: its id, its version, where it stands, the inventory.

    Empty where the first row is no asset, or many alike ones are told in one sentence.
    """
    asset = held.live[0].asset
    if asset is None or sum(concern.asset is not None for concern in held.live) >= GROUP_FROM:
        return ""
    called = held.live[0].called
    own_id = called[len(held.live[0].short) + 2 : -1] if called != held.live[0].short else ""
    version = f"version {plain(asset.version, 40)}" if asset.version else "no version in your inventory"
    known = [EXPOSURE_WORDS[asset.exposure]] if asset.exposure != "unknown" else []
    known += [_CRITICALITY_WORDS[asset.criticality]] if asset.criticality != "unknown" else []
    where = f"inventory {name(asset.origin)}" if asset.origin else "inventory"
    return f"{', '.join([*([own_id] if own_id else []), version, *known])} [{where}]."


def _with_reason(concern: Concern, facts: BriefFacts, client: Client, today: date) -> str:
    """The row; where only a name fits, also the judgement's own sentence on what the item says of it."""
    row = _subject_sentence(concern, facts, client, today)
    known = concern.asset is not None or concern.party is not None
    if concern.kind != "vendor-only" or concern.tool is not None or not known:
        return row
    return f"{row} {stop(plain(concern.verdict.reason, MAX_REASON))}"


def _subject_sentence(concern: Concern, facts: BriefFacts, client: Client, today: date) -> str:
    if concern.asset is not None:
        return _asset_sentence(concern, concern.asset, facts, today)
    if concern.party is not None:
        return _supplier_sentence(concern, concern.party, facts, today)
    if concern.verdict.match.subject_kind == "client":
        fits = _profile_sentence(concern, client)
        if concern.rule_named[0] in ("", "sector"):
            return fits  # the headline says what the reason says
        return f"{fits} {stop(plain(concern.verdict.reason, MAX_REASON))}"
    # The row is gone from the inventory since the verdict was given: the verdict's own words still name it.
    return f"{concern.called}: {stop(plain(concern.verdict.reason, MAX_REASON))}"


def _profile_sentence(concern: Concern, client: Client) -> str:
    """Which fields of the client's profile the report fits, as the evidence says."""
    held = {piece.locator: name(piece.text) for piece in concern.verdict.match.evidence if piece.kind == "profile"}
    words = []
    if "profile.sector" in held:
        words.append(f"your sector ({held['profile.sector'] or name(client.sector)})")
    if "profile.jurisdictions" in held:
        words.append(f"where you work ({held['profile.jurisdictions']})")
    used = [locator.partition(".")[2] for locator in ("profile.sector", "profile.jurisdictions") if locator in held]
    fields = f", {'field' if len(used) == 1 else 'fields'} {listed(used)}" if used else ""
    return f"It fits {listed(words) or 'your profile'} [client profile{fields}]."


def _asset_sentence(concern: Concern, asset: Asset, facts: BriefFacts, today: date) -> str:
    runs = product_name(asset.vendor, asset.product) or "a product not recorded"
    version = f"version {plain(asset.version, 40)}" if asset.version else "no version in your inventory"
    what = version if runs.casefold() == concern.called.casefold() else f"{runs}, {version}"
    parts = [f"{concern.called}: {what}; {_standing_words(asset)}"]
    supplier = facts.third_parties.get(asset.provided_by) if asset.provided_by else None
    if supplier is not None:
        parts.append(f"run by {name(supplier.name)}")
    return f"{', '.join(parts)} [{_row(asset, concern, today)}]."


def _standing_words(asset: Asset) -> str:
    if asset.exposure == asset.criticality == "unknown":
        return "exposure and importance not recorded"
    return f"{EXPOSURE_WORDS[asset.exposure]}, {_CRITICALITY_WORDS[asset.criticality]}"


def _row(asset: Asset, concern: Concern, today: date) -> str:
    fields = [field for field in ("product", "version", "cpe", "purl", "vendor", "name") if _field_used(concern, field)]
    if not asset.version and "version" in fields:
        fields.remove("version")
    where = f"inventory {name(asset.origin)}" if asset.origin else "inventory"
    used = f", {'field' if len(fields) == 1 else 'fields'} {listed(fields[:2])}" if fields else ""
    return f"{where}{used}, updated {short_day(asset.updated_at.date(), today)}"


def _field_used(concern: Concern, field: str) -> bool:
    return any(piece.locator.rpartition(".")[2] == field for piece in concern.verdict.match.evidence)


def _group_sentence(group: Sequence[Concern], asset: Asset) -> str:
    runs = product_name(asset.vendor, asset.product) or "a product not recorded"
    version = f"version {plain(asset.version, 40)}" if asset.version else "no version in your inventory"
    names = listed([concern.called for concern in group], most=NAMED_IN_GROUP)
    count = counted(len(group), "asset")
    return f"{capital(count)} with {runs}, {version}; {_standing_words(asset)}: {names} [inventory]."


def _supplier_sentence(concern: Concern, party: ThirdParty, facts: BriefFacts, today: date) -> str:
    weight = _WEIGHT_WORDS[party.criticality]
    service = f", {name(party.service)}" if party.service else ""
    who = f"{name(party.name)} ({weight}supplier{service})"
    updated = f"updated {short_day(party.updated_at.date(), today)}"
    tended = [asset for asset in facts.assets.values() if asset.provided_by == party.id]
    over = f" over {figures(len(tended), 'asset')} of yours ({_some_names(tended)})" if tended else " to serve you"
    tool = concern.tool
    if tool is not None:
        runs = product_name(tool.vendor, tool.product)
        version = f" {plain(tool.version, 40)}" if tool.version else ""
        return f"{who} runs {runs}{version}{over} [supplier record, tools used, {updated}]."
    looks_after = f" and looks after {figures(len(tended), 'asset')} of yours ({_some_names(tended)})" if tended else ""
    return f"{who} is named{looks_after} [supplier record, {updated}]."


def _some_names(assets: Sequence[Asset]) -> str:
    return listed(sorted(name(asset.name) for asset in assets), most=3)


def why_now(
    held: Held,
    kev: Sequence[KevEntry],
    facts: BriefFacts,
    *,
    change: tuple[Change, ...],
    memory: ItemMemory | None,
    basis: ItemBasis,
    zone: ZoneInfo,
    today: date,
) -> str:
    """What happened and when: the catalogue's entry, the change since the last brief, who reported it."""
    parts: list[str] = []
    if memory is not None and change != ("none",):
        parts.append(change_sentence(change, memory, basis, today))
    if kev:
        first = min(entry.date_added for entry in kev)
        when = "today" if first == today else on_day(first, today)
        listing = f"Attackers use it: in CISA's catalogue of exploited flaws since {when}."
        if "added-to-kev" not in change or memory is None:
            parts.append(listing)
        if any(entry.ransomware == "known" for entry in kev):
            parts.append("Ransomware is among the known uses.")
    else:
        scores = [facts.epss[cve].score for cve in held.cve_ids if cve in facts.epss]
        if scores and max(scores) >= EPSS_WORTH_SAYING:
            chance = f"{max(scores) * 100:.0f} in 100"
            parts.append(f"FIRST puts the chance of attacks within 30 days at {chance}.")
    told = _first_told(held, facts, zone)
    if told is not None and memory is None:
        parts.append(f"First reported in your sources on {on_day(told, today)}.")
    return " ".join(parts)


def _first_told(held: Held, facts: BriefFacts, zone: ZoneInfo) -> date | None:
    times: list[datetime] = []
    for ref in held.story.items:
        if ref.kind == "news" and (item := facts.news.get(ref.id)):
            times.append(item.published_at or item.first_seen_at)
        elif ref.kind == "advisory" and (advisory := facts.advisories.get(ref.id)):
            times.append(advisory.published_at)
    return min(times).astimezone(zone).date() if times else None


def change_sentence(change: Sequence[Change], memory: ItemMemory, basis: ItemBasis, today: date) -> str:
    """What changed since the item was last looked at, each change in words."""
    old = memory.basis
    words: list[str] = []
    if "added-to-kev" in change:
        words.append("CISA added it to its catalogue of exploited flaws")
    if "patch-released" in change:
        fixes = sorted(set(basis.fixed_in) - set(old.fixed_in))
        words.append(f"a fix is out ({listed(fixes, most=3)})")
    if "range-changed" in change:
        words.append("the sources changed which versions they call affected")
    if "verdict-changed" in change:
        words.append(_verdict_change(old, basis))
    if "due-changed" in change and "added-to-kev" not in change:
        words.append("the date by which to act moved")
    if "more-pressing" in change:
        words.append("its date is near")
    since = f"since {on_day(memory.seen_on, today)}"
    if not words:
        return f"Back after you put it aside {since}." if "reopened" in change else ""
    again = "You had put it aside, and it changed" if "reopened" in change else "Changed"
    return f"{again} {since}: {listed(words)}."


def _verdict_change(old: ItemBasis, new: ItemBasis) -> str:
    def by_subject(basis: ItemBasis) -> dict[str, str]:
        return {finding.partition(" ")[2]: finding.partition(" ")[0] for finding in basis.findings}

    before, after = by_subject(old), by_subject(new)
    more = sorted(set(after) - set(before))
    turned = sorted(subject for subject in set(after) & set(before) if after[subject] != before[subject])
    if turned and after[turned[0]] == "affected":
        return "what was open is settled: you are affected"
    if turned:
        return f"the finding is another one now ({_turned_words(after[turned[0]], turned[0])})"
    if more:
        return f"{counted(len(more), 'more row')} of yours {'is' if len(more) == 1 else 'are'} concerned"
    gone = len(set(before) - set(after))
    return f"{counted(gone, 'row')} of yours {'is' if gone == 1 else 'are'} no longer concerned"


def _turned_words(kind: str, subject: str) -> str:
    words = {f"{known} {about}": text for (known, about), text in _FINDING_WORDS.items()}
    return words.get(f"{kind} {subject.partition(' ')[0]}", "not settled")
