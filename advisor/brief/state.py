"""What earlier briefs showed, so that today's shows only what is new or changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from advisor.brief.concerns import LABEL_RANK, Concern, Held
from advisor.brief.words import plain
from knowledge.records.base import CveId, Record, UtcDatetime
from knowledge.records.brief import Brief, BriefItem, Change, ItemBasis, Standing
from knowledge.records.triage import Label, Story
from knowledge.records.vulnerability import KevEntry

KEPT_FOR: Final = timedelta(days=400)
"""How long an item that no verdict names any more is remembered: a story that returns after that is news again."""

_RANGE_EVIDENCE: Final = frozenset({"configuration", "advisory"})


class ItemMemory(Record):
    """One item as the last brief that held it knew it, shown or quiet."""

    key: str
    story_id: str
    cve_ids: tuple[CveId, ...] = ()
    first_seen_on: date
    seen_on: date
    label: Label
    standing: Standing
    fingerprint: str
    basis: ItemBasis = ItemBasis()


class PreviousState(Record):
    """All that is remembered up to the last brief of an earlier day; empty before the first."""

    day: date | None = None
    written_at: UtcDatetime | None = None
    items: tuple[ItemMemory, ...] = ()
    cleared: tuple[str, ...] = ()
    """Digests of the not-affected lines that were in it."""
    undecided: tuple[str, ...] = ()
    """Keys of the rows whose older undecided flaws were told (`UndecidedRow.key`)."""


def remember(previous: PreviousState, brief: Brief) -> PreviousState:
    """The state after `brief`, for the briefs of later days.

    Args:
        previous: the same state that the brief was composed with, not the one of an earlier run of this day.
        brief: the brief of the day.
    """
    now = {item.key: _memory(item, brief.day) for item in (*brief.items, *brief.quiet)}
    cleared = set(brief.cleared)
    old = [
        memory
        for memory in previous.items
        if memory.key not in now and memory.story_id not in cleared and brief.day - memory.seen_on <= KEPT_FOR
    ]
    return PreviousState(
        day=brief.day,
        written_at=brief.written_at,
        items=tuple(sorted((*now.values(), *old), key=lambda memory: memory.key)),
        cleared=tuple(sorted({line_digest(line) for line in brief.not_affected})),
        undecided=tuple(sorted(row.key for row in brief.undecided.rows)) if brief.undecided else (),
    )


def _memory(item: BriefItem, day: date) -> ItemMemory:
    return ItemMemory(
        key=item.key,
        story_id=item.story_id,
        cve_ids=item.cve_ids,
        first_seen_on=item.first_seen_on,
        seen_on=day,
        label=item.label,
        standing=item.standing,
        fingerprint=item.fingerprint,
        basis=item.basis,
    )


def item_key(story: Story, cve_ids: Sequence[CveId]) -> str:
    """`b-` and 12 hex digits of SHA-256 over the CVE ids, else the story id."""
    anchor = " ".join(sorted(cve_ids)) or story.id
    return "b-" + hashlib.sha256(anchor.encode()).hexdigest()[:12]


def line_digest(line: str) -> str:
    """Twelve hex digits that tell two not-affected lines apart."""
    return hashlib.sha256(line.encode()).hexdigest()[:12]


def memories_of(helds: Sequence[Held], previous: PreviousState) -> dict[str, tuple[ItemMemory, ...]]:
    """For each story id, the remembered items that it carries on, the one it takes its key from first.

    A story keeps its key while its CVE ids grow or shrink: a memory belongs to the story of the same id, else to the
    one that shares most CVE ids with it (then the smaller story id), so notes stay attached.
    """
    by_id = {held.story.id: held for held in helds}
    by_cve: dict[CveId, list[str]] = {}
    for held in helds:
        for cve in {*held.cve_ids, *held.story.cve_ids}:
            by_cve.setdefault(cve, []).append(held.story.id)
    carried: dict[str, list[ItemMemory]] = {}
    for memory in previous.items:
        home = memory.story_id if memory.story_id in by_id else None
        if home is None:
            shared: dict[str, int] = {}
            for cve in memory.cve_ids:
                for story_id in by_cve.get(cve, ()):
                    shared[story_id] = shared.get(story_id, 0) + 1
            home = min(shared, key=lambda story_id: (-shared[story_id], story_id), default=None)
        if home is not None:
            carried.setdefault(home, []).append(memory)
    return {
        home: tuple(sorted(memories, key=lambda memory: (memory.first_seen_on, memory.key)))
        for home, memories in carried.items()
    }


def basis_of(held: Held, kev: Sequence[KevEntry]) -> ItemBasis:
    """What the item rests on today. Neither today's date nor a score is part of it."""
    timelines = held.live[0].priority.timelines if held.live and held.live[0].priority else ()
    return ItemBasis(
        findings=tuple(sorted(_finding(concern) for concern in held.live)),
        in_kev=tuple(sorted(entry.cve_id for entry in kev)),
        fixed_in=tuple(sorted({plain(fix, 60) for concern in held.live for fix in concern.verdict.fixed_in})),
        ranges=tuple(
            sorted(
                {
                    plain(piece.text, 200)
                    for concern in held.live
                    for piece in concern.verdict.match.evidence
                    if piece.kind in _RANGE_EVIDENCE
                }
            )
        ),
        timeline=timelines[0] if timelines else None,
        kev_due_on=min((entry.due_date for entry in kev if entry.due_date), default=None),
    )


def _finding(concern: Concern) -> str:
    match = concern.verdict.match
    return f"{concern.kind} {match.subject_kind} {match.subject_id}"


def fingerprint(basis: ItemBasis) -> str:
    """Sixteen hex digits of SHA-256 over the basis."""
    return hashlib.sha256(basis.model_dump_json().encode()).hexdigest()[:16]


def changes(memory: ItemMemory | None, basis: ItemBasis, label: Label) -> tuple[Change, ...]:
    """How the item differs from what was remembered; `("none",)` where it does not."""
    if memory is None:
        return ("new",)
    old = memory.basis
    found: list[Change] = []
    if set(basis.in_kev) - set(old.in_kev):
        found.append("added-to-kev")
    if set(basis.fixed_in) - set(old.fixed_in):
        found.append("patch-released")
    if basis.ranges != old.ranges or set(old.fixed_in) - set(basis.fixed_in):
        found.append("range-changed")
    if basis.findings != old.findings:
        found.append("verdict-changed")
    if (basis.timeline, basis.kev_due_on) != (old.timeline, old.kev_due_on) or set(old.in_kev) - set(basis.in_kev):
        found.append("due-changed")
    if not found and LABEL_RANK[label] < LABEL_RANK[memory.label]:
        found.append("more-pressing")
    return tuple(found) or ("none",)
