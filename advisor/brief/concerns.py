"""One story held against one client: which verdicts still count, with the row each one is about."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, get_args

from advisor.brief.facts import BriefFacts
from advisor.brief.rules import due_of, label_of, priority_of
from advisor.brief.words import name
from advisor.triage.lexicon import lexicon
from knowledge.records.asset import Asset, ThirdParty, ToolUsed
from knowledge.records.base import CveId
from knowledge.records.triage import ItemRef, Label, Priority, Story, Timeline, Verdict, VerdictKind

KIND_RANK: Final[dict[str, int]] = {kind: rank for rank, kind in enumerate(get_args(VerdictKind))}
LABEL_RANK: Final[dict[str, int]] = {label: rank for rank, label in enumerate(get_args(Label))}
TIMELINE_RANK: Final[dict[str, int]] = {timeline: rank for rank, timeline in enumerate(get_args(Timeline))}

LIVE: Final[frozenset[VerdictKind]] = frozenset({"affected", "version-unknown", "vendor-only"})
_OPEN_QUESTION: Final[frozenset[VerdictKind]] = frozenset({"version-unknown", "vendor-only"})
_DECIDED: Final[frozenset[VerdictKind]] = frozenset({"affected", "version-not-affected"})

# Ids that our import derives (`a-` and hex digits) mean nothing to a reader; the inventory's own (`LB-01`) do.
_DERIVED_ID: Final = re.compile(r"[a-z]{1,12}-[0-9a-f]{8,}|[0-9a-f-]{16,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Concern:
    """A verdict that counts, the row it is about, and how soon."""

    verdict: Verdict
    asset: Asset | None
    party: ThirdParty | None
    priority: Priority | None
    label: Label

    @property
    def kind(self) -> VerdictKind:
        return self.verdict.kind

    @property
    def called(self) -> str:
        """What a person of the client calls the subject: `Load balancer (LB-01)`, `Brightline IT`."""
        match = self.verdict.match
        if self.asset is None:
            return name(self.party.name if self.party else match.subject_name or match.subject_id)
        label = name(self.asset.name) or name(self.asset.product)
        own_id = name(self.asset.id)
        if len(own_id) > 24 or _DERIVED_ID.fullmatch(own_id) or own_id.casefold() in label.casefold():
            return label
        return f"{label} ({own_id})"

    @property
    def short(self) -> str:
        """The name alone, for headlines."""
        if self.asset is not None:
            return name(self.asset.name) or name(self.asset.product)
        return self.called

    @property
    def product(self) -> str:
        """`Progress LoadMaster`: the product in question, the client's own spelling first."""
        if self.asset is not None:
            return product_name(self.asset.vendor, self.asset.product)
        tool = self.tool
        return product_name(tool.vendor, tool.product) if tool else ""

    @property
    def rule_named(self) -> tuple[str, str]:
        """What a profile rule found: (`law`, `regulator`, `place` or `sector`; its name), empty for other verdicts."""
        for piece in self.verdict.match.evidence:
            if piece.kind == "rule" and self.verdict.match.subject_kind == "client":
                return piece.locator.partition(".")[0], name(piece.text.partition(" (")[0])
        return "", ""

    @property
    def tool(self) -> ToolUsed | None:
        """The supplier's tool that the evidence names, where there is one."""
        if self.party is None:
            return None
        words = " ".join(f"{piece.text} {piece.locator}" for piece in self.verdict.match.evidence).casefold()
        for tool in self.party.tools:
            if tool.product and tool.product.casefold() in words:
                return tool
        return None


def product_name(vendor: str, product: str) -> str:
    """Vendor and product as they write themselves, the vendor not said twice."""
    vendor, product = lexicon().written(name(vendor), name(product))
    if not product or product.casefold().startswith(vendor.casefold()):
        return product or vendor
    return f"{vendor} {product}".strip()


@dataclass(frozen=True, slots=True)
class Held:
    """One story with the verdicts that its items got."""

    story: Story
    live: tuple[Concern, ...]
    """Most pressing first; one per subject."""
    cleared: tuple[Verdict, ...]
    """Version-not-affected verdicts of subjects that have no live one."""
    cve_ids: tuple[CveId, ...]
    """The CVE ids that the live verdicts are about; the story's own where there is no live one."""


def stories_of(stories: Sequence[Story], verdicts: Sequence[Verdict], now: datetime) -> tuple[Story, ...]:
    """The stories, with every judged item in one of them.

    An item that no story holds joins the first story that shares a CVE id with its verdicts, because one event shows
    once; else it becomes a story of its own, together with the other such items of the same CVE ids.
    """
    placed = {item for story in stories for item in story.items}
    home_of = {cve: story.id for story in reversed(stories) for cve in story.cve_ids}
    joining: dict[str, list[ItemRef]] = {}
    alone: dict[tuple[str, ...], list[ItemRef]] = {}
    for verdict in verdicts:
        if verdict.item in placed:
            continue
        home = next((home_of[cve] for cve in verdict.cve_ids if cve in home_of), None)
        if home is not None:
            joining.setdefault(home, []).append(verdict.item)
        else:
            anchor = tuple(sorted(set(verdict.cve_ids))) or (verdict.item.kind, verdict.item.id)
            alone.setdefault(anchor, []).append(verdict.item)
    whole = [
        story.model_copy(update={"items": tuple(dict.fromkeys((*story.items, *joining[story.id])))})
        if story.id in joining
        else story
        for story in stories
    ]
    for anchor, items in sorted(alone.items()):
        cves = anchor if anchor[0].startswith("CVE-") else ()
        whole.append(
            Story(
                id="s-" + hashlib.sha256(" ".join(anchor).encode()).hexdigest()[:12],
                title="",
                items=tuple(dict.fromkeys(items)),
                cve_ids=cves,
                first_at=now,
                last_at=now,
            )
        )
    return tuple(whole)


def hold(story: Story, verdicts: Sequence[Verdict], facts: BriefFacts, *, first_seen_on: date, today: date) -> Held:
    """Which of a story's verdicts count for the client, and how soon each wants an answer.

    Args:
        story: the story.
        verdicts: those of its items.
        facts: look-ups and rules.
        first_seen_on: the day the story first reached the client.
        today: the client's day.
    """
    counted = _settle(verdicts)
    concerns = [
        _concern(verdict, facts, first_seen_on=first_seen_on, today=today)
        for verdict in counted
        if verdict.kind in LIVE
    ]
    live = _one_per_subject(sorted(concerns, key=urgency))
    touched = {_subject(concern.verdict) for concern in live}
    cleared = {
        _subject(verdict): verdict
        for verdict in reversed(counted)
        if verdict.kind == "version-not-affected" and _subject(verdict) not in touched
    }
    named = dict.fromkeys(cve for concern in live for cve in concern.verdict.cve_ids)
    return Held(
        story=story,
        live=live,
        cleared=tuple(cleared[key] for key in sorted(cleared)),
        cve_ids=tuple(sorted(named if live else set(story.cve_ids), key=cve_order)),
    )


def cve_order(cve: CveId) -> tuple[int, int]:
    """Newest first, by year and number."""
    parts = cve.split("-")
    if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        return (0, 0)
    return (-int(parts[1]), -int(parts[2]))


def urgency(concern: Concern) -> tuple[int, int, int, date, int, int, str]:
    """Sort key, most pressing first: label, timeline, kind of verdict, due date, exposure, criticality, name."""
    priority = concern.priority
    timeline = priority.timelines[0] if priority and priority.timelines else None
    due = due_of(priority)
    row = concern.asset or concern.party
    exposure = concern.asset.exposure if concern.asset else "unknown"
    criticality = row.criticality if row else "unknown"
    return (
        LABEL_RANK[concern.label],
        TIMELINE_RANK[timeline] if timeline else len(TIMELINE_RANK),
        KIND_RANK[concern.kind],
        due or date.max,
        ("internet", "unknown", "internal", "isolated").index(exposure),
        ("critical", "high", "unknown", "medium", "low").index(criticality),
        concern.called,
    )


def _concern(verdict: Verdict, facts: BriefFacts, *, first_seen_on: date, today: date) -> Concern:
    match = verdict.match
    priority = priority_of(verdict, facts, first_seen_on=first_seen_on)
    return Concern(
        verdict=verdict,
        asset=facts.assets.get(match.subject_id) if match.subject_kind == "asset" else None,
        party=facts.third_parties.get(match.subject_id) if match.subject_kind == "third-party" else None,
        priority=priority,
        label=label_of(verdict, priority, facts, today=today),
    )


def _subject(verdict: Verdict) -> tuple[str, str]:
    return (verdict.match.subject_kind, verdict.match.subject_id)


def _settle(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Without the open questions that a record has answered for the same subject.

    News that names a vendor raises a question about an asset; where a CVE record or an advisory decides every CVE of
    that news item for the asset, the question is no longer one. A decision on one CVE never answers another.
    """
    decided: dict[tuple[str, str], set[CveId]] = {}
    for verdict in verdicts:
        if verdict.item.kind != "news" and verdict.kind in _DECIDED:
            decided.setdefault(_subject(verdict), set()).update(verdict.cve_ids)
    kept: list[Verdict] = []
    for verdict in verdicts:
        open_news = verdict.item.kind == "news" and verdict.kind in _OPEN_QUESTION and verdict.cve_ids
        if open_news and set(verdict.cve_ids) <= decided.get(_subject(verdict), set()):
            continue
        kept.append(verdict)
    return kept


def _one_per_subject(concerns: Iterable[Concern]) -> tuple[Concern, ...]:
    """The most pressing concern of each subject, with the CVE ids and fix versions of its other ones of that kind.

    The evidence of all of them is kept: another report on the same thing must not take a version range away.
    """
    by_subject: dict[tuple[str, str], list[Concern]] = {}
    for concern in concerns:
        by_subject.setdefault(_subject(concern.verdict), []).append(concern)
    return tuple(_joined(group) for group in by_subject.values())


def _joined(group: Sequence[Concern]) -> Concern:
    first = group[0]
    if len(group) == 1:
        return first
    same = [concern.verdict for concern in group if concern.kind == first.kind]
    evidence = dict.fromkeys(piece for concern in group for piece in concern.verdict.match.evidence)
    verdict = first.verdict.model_copy(
        update={
            "match": first.verdict.match.model_copy(update={"evidence": tuple(evidence)}),
            "cve_ids": tuple(sorted({cve for one in same for cve in one.cve_ids}, key=cve_order)),
            "fixed_in": tuple(dict.fromkeys(fix for one in same for fix in one.fixed_in)),
            "question": next((one.question for one in same if one.question), ""),
        }
    )
    return replace(first, verdict=verdict)
