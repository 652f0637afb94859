"""Composes one client's brief of one day out of verdicts, stories, notes and what earlier briefs showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from advisor.brief.action import action, headline, question
from advisor.brief.concerns import Held, hold, stories_of
from advisor.brief.coverage import coverage
from advisor.brief.due import due_sentence
from advisor.brief.facts import BriefFacts
from advisor.brief.links import source_links
from advisor.brief.opening import opening
from advisor.brief.order import ALERTS, place
from advisor.brief.quiet import silencing
from advisor.brief.rules import due_of
from advisor.brief.split import joined, narrowed, parts
from advisor.brief.standing import is_open, open_notes, standing
from advisor.brief.state import (
    ItemMemory,
    PreviousState,
    basis_of,
    changes,
    fingerprint,
    item_key,
    line_digest,
    memories_of,
)
from advisor.brief.topic import kev_of, topic, what_line
from advisor.brief.undecided import OldQuestions, undecided
from advisor.brief.why import MAX_REASON, row_line, why_now, why_you
from advisor.brief.words import capital, name, plain, stop
from knowledge.errors import BadInputError, UsageError
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.client import Client
from knowledge.records.feedback import QuietRule
from knowledge.records.note import Note
from knowledge.records.triage import ItemRef, Story, Verdict


def client_zone(client: Client) -> ZoneInfo:
    """The client's time zone.

    Raises:
        BadInputError: the name is not one of the IANA data base.
    """
    try:
        return ZoneInfo(client.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInputError(
            "not a time zone", subject=client.timezone, hint="Set the client's time zone to a name like Europe/Berlin"
        ) from error


def compose_brief(
    client: Client,
    verdicts: Sequence[Verdict],
    stories: Sequence[Story],
    facts: BriefFacts,
    *,
    previous: PreviousState,
    notes: Sequence[Note],
    quiet_rules: Sequence[QuietRule] = (),
    old_questions: OldQuestions | None = None,
    now: datetime,
) -> Brief:
    """The brief of the client's day at `now`. Pure: the same arguments give the same brief.

    Args:
        client: whose brief.
        verdicts: every verdict that stands today, not only the new ones: what is still open is told from them.
        stories: the groups of items; an item in none of them becomes a story of its own.
        facts: look-ups and rules.
        previous: the state after the last brief of an EARLIER day, so that a second run on a day writes the same
            brief again; `PreviousState()` before the first.
        notes: the client's notes and decisions, closed ones too.
        quiet_rules: what need not be shown to this client; an affected or exploited finding is shown all the same.
        old_questions: older flaws that triage could not decide and gave no verdict on.
        now: aware datetime; the day is the client's day.

    Raises:
        UsageError: `previous` is of this day or a later one.
        BadInputError: the client's time zone is not one.
    """
    zone = client_zone(client)
    today = now.astimezone(zone).date()
    if previous.day is not None and previous.day >= today:
        raise UsageError(
            f"the last brief is of {previous.day:%Y-%m-%d}, which is not before {today:%Y-%m-%d}",
            subject=client.id,
            hint="Compose a day's brief with the state of an earlier day, and check the clock",
        )
    helds, memories = _held_stories(verdicts, stories, facts, previous, now=now, today=today)
    items: list[BriefItem] = []
    quiet: list[BriefItem] = []
    for held in helds:
        if not held.live:
            continue
        item = _item(
            held, memories.get(held.story.id, ()), client, facts, notes, quiet_rules=quiet_rules, now=now, zone=zone
        )
        (items if _is_shown(item) else quiet).append(item)
    placed = place(items, client.alert_budget)
    seen = coverage(facts, [*placed, *quiet])
    lines = _cleared_lines(helds, client, facts, previous)
    gaps = undecided(old_questions or OldQuestions(), facts, previous.undecided)
    return Brief(
        client_id=client.id,
        client_name=name(client.name),
        day=today,
        timezone=zone.key,
        written_at=now,
        since=previous.written_at,
        headline=opening(placed, seen, gaps, today=today, first=previous.written_at is None),
        items=placed,
        quiet=tuple(sorted(quiet, key=lambda item: item.key)),
        not_affected=tuple(line for line, _, _ in lines),
        not_affected_new=sum(is_new for _, _, is_new in lines),
        cleared=tuple(story_id for _, story_id, _ in lines),
        quiet_dismissed=sum(item.standing == "dismissed" for item in quiet),
        reopened=sum("reopened" in item.changes for item in placed),
        new_in_kev=len(facts.new_in_kev),
        new_in_kev_touching=len(facts.new_in_kev & {cve for item in (*placed, *quiet) for cve in item.cve_ids}),
        open_notes=tuple(
            sorted((note for note in notes if is_open(note, now)), key=lambda note: (note.created_at, note.id))
        ),
        undecided=gaps,
        coverage=seen,
    )


def _held_stories(
    verdicts: Sequence[Verdict],
    stories: Sequence[Story],
    facts: BriefFacts,
    previous: PreviousState,
    *,
    now: datetime,
    today: date,
) -> tuple[list[Held], dict[str, tuple[ItemMemory, ...]]]:
    by_item: dict[ItemRef, list[Verdict]] = {}
    for verdict in verdicts:
        by_item.setdefault(verdict.item, []).append(verdict)
    judged: list[tuple[Story, list[Verdict]]] = []
    for story in stories_of(stories, verdicts, now):
        # Sorted, so that the order in which the store hands out rows never shows.
        found = sorted(
            (verdict for item in story.items for verdict in by_item.get(item, ())), key=Verdict.model_dump_json
        )
        if found:
            judged += parts(story, [narrowed(verdict, facts) for verdict in found])
    judged = joined(judged)
    first_pass = [hold(story, found, facts, first_seen_on=today, today=today) for story, found in judged]
    memories = memories_of(first_pass, previous)
    helds: list[Held] = []
    for (story, found), held in zip(judged, first_pass, strict=True):
        carried = memories.get(story.id)
        # A story seen before counts its days from the day it was first seen.
        helds.append(
            hold(story, found, facts, first_seen_on=carried[0].first_seen_on, today=today) if carried else held
        )
    return helds, memories


def _item(
    held: Held,
    memories: Sequence[ItemMemory],
    client: Client,
    facts: BriefFacts,
    notes: Sequence[Note],
    *,
    quiet_rules: Sequence[QuietRule],
    now: datetime,
    zone: ZoneInfo,
) -> BriefItem:
    today = now.astimezone(zone).date()
    memory = memories[0] if memories else None
    key = memory.key if memory else item_key(held.story, held.cve_ids)
    keys = [key, *(other.key for other in memories[1:])]
    kev = kev_of(held.cve_ids, facts)
    basis = basis_of(held, kev)
    mark = fingerprint(basis)
    first = held.live[0]
    own_notes = [note for note in notes if note.item_key in keys]
    stands, came_back = standing(own_notes, mark, memory, now)
    silenced = silencing(held, quiet_rules, facts.kev) if stands == "open" else ()
    if silenced:
        stands, came_back = "silenced", False
    change = changes(memory, basis, first.label)
    if came_back:
        change = ("reopened", *(one for one in change if one not in ("none", "new")))
    elif stands == "acknowledged" and change == ("new",):
        change = ("none",)  # decided on earlier today: nothing about it is news to the reader
    return BriefItem(
        key=key,
        story_id=held.story.id,
        headline=headline(held, kev),
        topic=topic(held, facts, client),
        what=what_line(held, facts, client, today),
        cve_ids=held.cve_ids,
        label=first.label,
        verdict=first.kind,
        verdicts=tuple(concern.verdict for concern in held.live),
        why_you=why_you(held, facts, client, today),
        row_line=capital(row_line(held)),
        why_now=why_now(held, kev, facts, change=change, memory=memory, basis=basis, zone=zone, today=today),
        action=action(held, kev, facts.third_parties, today),
        due=due_of(first.priority),
        due_sentence=due_sentence(first.priority, first.kind, first.label, today),
        question=question(held, kev),
        priority=first.priority,
        sources=source_links(held, kev, facts),
        changes=change,
        first_seen_on=memory.first_seen_on if memory else today,
        notes=open_notes(own_notes, keys, now),
        standing=stands,
        silenced_by=silenced,
        fingerprint=mark,
        basis=basis,
    )


def _is_shown(item: BriefItem) -> bool:
    """Pressing items stay until they are settled or put aside; the others show once, and again when they change."""
    if item.standing in ("dismissed", "snoozed", "silenced"):
        return False
    return item.label in ALERTS or item.standing == "acknowledged" or item.changes != ("none",)


_PUT_ASIDE = ("dismissed", "silenced")


def _cleared_lines(
    helds: Sequence[Held], client: Client, facts: BriefFacts, previous: PreviousState
) -> list[tuple[str, str, bool]]:
    """Line, story id and whether it is new, for each subject that was looked at and is not affected; new ones first."""
    known = set(previous.cleared)
    was_open = {memory.story_id for memory in previous.items if memory.standing not in _PUT_ASIDE}
    lines: list[tuple[str, str, bool]] = []
    for held in helds:
        about = topic(held, facts, client)
        for verdict in held.cleared:
            settled = " Settled: it was open in the last brief." if held.story.id in was_open and not held.live else ""
            reason = stop(plain(verdict.reason, MAX_REASON)) or f"{name(verdict.match.subject_name)}."
            cves = f" ({verdict.cve_ids[0]})" if len(verdict.cve_ids) == 1 else ""
            line = f"{about}{cves} — not affected: {reason}{settled}"
            lines.append((line, held.story.id, line_digest(line) not in known))
    return sorted(lines, key=lambda entry: (not entry[2], entry[0]))


def items_by_key(brief: Brief) -> Mapping[str, BriefItem]:
    """Every item of the brief, shown or quiet, by the key that notes attach to."""
    return {item.key: item for item in (*brief.items, *brief.quiet)}
