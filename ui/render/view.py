"""A brief as sections and lines, so that every face says the same in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from advisor.brief.coverage import waiting_for_versions
from advisor.brief.facts import FIRST_LOOK
from advisor.brief.order import ALERTS
from advisor.brief.why import finding_words
from advisor.brief.words import capital, days_over, figures, listed, number, on_day, sentence, short_day, stop
from knowledge.records.brief import Brief, BriefItem, Coverage, SourceLink
from knowledge.records.note import Note
from knowledge.records.triage import Label, SubjectKind
from ui.render.sections import BriefView, ItemView, LineView, Section, SourceView
from ui.render.undecided import undecided_line, undecided_section

LABEL_WORDS: Final[dict[Label, str]] = {
    "act-now": "Act now",
    "check-today": "Check today",
    "watch": "Watch",
    "fyi": "For your information",
}

WATCH_SHOWN: Final = 12
FYI_SHOWN: Final = 8
NOT_AFFECTED_SHOWN: Final = 8
NAMES_SHOWN: Final = 8
SOURCES_SHOWN: Final = 6
ALSO_SHOWN: Final = 3
POLICIES_SHOWN: Final = 12


def brief_view(brief: Brief) -> BriefView:
    """Everything that a page of this brief shows, in order, in words. The JSON holds what is only counted here."""
    zone = ZoneInfo(brief.timezone)
    day = f"{brief.day:%A} {brief.day.day} {brief.day:%B} {brief.day.year}"
    alerts = [item for item in brief.items if item.label in ALERTS and item.standing != "acknowledged"]
    above = [item for item in alerts if not item.below_the_line]
    sections = [_alert_section(label, [item for item in above if item.label == label], brief, zone) for label in ALERTS]
    sections += [
        _below(brief, [item for item in alerts if item.below_the_line], zone),
        _in_hand(brief, zone),
        undecided_section(brief),
        _lines_section(brief, "watch", WATCH_SHOWN, zone),
        _lines_section(brief, "fyi", FYI_SHOWN, zone),
        _not_affected(brief),
        _changed(brief),
        _policies(brief),
        _notes(brief, zone),
        _coverage(brief),
    ]
    return BriefView(
        title=f"{brief.client_name} — brief for {day}",
        client=brief.client_name,
        day=day,
        facts=_facts(brief, zone),
        headline=brief.headline,
        sections=tuple(section for section in sections if section is not None),
        foot=f"Written {_moment(brief.written_at, zone)}. Times are {brief.timezone}.",
    )


def _moment(value: datetime, zone: ZoneInfo) -> str:
    local = value.astimezone(zone)
    return f"{local:%A} {local.day} {local:%b}, {local:%H:%M}"


def source_counts(coverage: Coverage) -> str:
    """`6 of 7 sources read`."""
    good = sum(source.good for source in coverage.sources)
    return f"{good} of {figures(len(coverage.sources), 'source')} read"


def _facts(brief: Brief, zone: ZoneInfo) -> str:
    since = f"Since {_moment(brief.since, zone)}" if brief.since else "Your first brief"
    seen = brief.coverage
    stories = "story" if seen.concerning == 1 else "stories"
    considered = f"{figures(seen.items_considered, 'item')} considered"
    late = f"{brief.late} " if brief.late else ""
    return f"{late}{since} · {source_counts(seen)} · {considered}, {seen.concerning:,} new or changed {stories} for you"


def _sources(item: BriefItem, zone: ZoneInfo, today: date) -> tuple[tuple[SourceView, ...], str]:
    # The newest news tell most; the records of CISA, the vendor and NVD stand first and always stay.
    shown = item.sources[:SOURCES_SHOWN]
    more = len(item.sources) - len(shown)
    return tuple(_source(link, zone, today) for link in shown), f"and {figures(more, 'more report')}" if more else ""


def _source(link: SourceLink, zone: ZoneInfo, today: date) -> SourceView:
    # A catalogue's date has no time of day: in the client's zone it could become the day before.
    at = link.published_at
    midnight = at is not None and (at.hour, at.minute, at.second) == (0, 0, 0)
    when = short_day((at if midnight else at.astimezone(zone)).date(), today) if at else ""
    return SourceView(title=link.title, publisher=link.publisher, url=link.url, when=when)


def _note_words(note: Note, zone: ZoneInfo, today: date) -> str:
    when = short_day(note.created_at.astimezone(zone).date(), today)
    verb = {"acknowledge": "acknowledged", "snooze": "put off", "dismiss": "dismissed", "note": "noted"}[note.kind]
    until = f" until {on_day(note.until.astimezone(zone).date(), today)}" if note.until else ""
    text = f": {note.text}" if note.text else ""
    return f"{verb} on {when}{until}{text}"


_TAGS: Final = {"new": "new", "reopened": "back", "none": ""}


def _item(item: BriefItem, zone: ZoneInfo, today: date) -> ItemView:
    sources, more = _sources(item, zone, today)
    when, _, rule = item.due_sentence.partition(". ")
    return ItemView(
        number=item.number,
        key=item.key,
        label=LABEL_WORDS[item.label],
        headline=item.headline,
        what=item.what,
        tag=_TAGS.get(item.changes[0] if item.changes else "none", "changed"),
        why_you=item.why_you,
        finding=sentence(_finding(item)),
        question=item.question,
        why_now=item.why_now,
        action=item.action,
        policies=item.policies,
        when=stop(when),
        rule=rule,
        notes=tuple(_note_words(note, zone, today) for note in item.notes),
        sources=sources,
        more_sources=more,
    )


def _finding(item: BriefItem) -> str:
    """The verdict in words; where subjects differ, how many stand how."""
    kinds = [(verdict.kind, verdict.match.subject_kind) for verdict in item.verdicts]
    if len(set(kinds)) <= 1:
        return finding_words(item.verdict, item.verdicts[0].match.subject_kind if item.verdicts else "asset")
    parts = [f"{figures(kinds.count(one), _ROW_WORDS[one[1]])}: {finding_words(*one)}" for one in dict.fromkeys(kinds)]
    return "; ".join(parts)


_ROW_WORDS: Final[dict[SubjectKind, str]] = {"asset": "asset", "third-party": "supplier", "client": "profile"}


def _alert_section(label: Label, items: Sequence[BriefItem], brief: Brief, zone: ZoneInfo) -> Section | None:
    if not items:
        return None
    full = [item for item in items if item.changes != ("none",)]
    still = [item for item in items if item.changes == ("none",)]
    return Section(
        name=label,
        title=f"{LABEL_WORDS[label]} ({len(items)})",
        full=tuple(_item(item, zone, brief.day) for item in full),
        lines=tuple(_still_open(item, brief.day, zone) for item in still),
    )


def _due_words(item: BriefItem, today: date) -> str:
    if item.due is None:
        return ""
    return days_over(item.due, today) or f"due {on_day(item.due, today)}"


def _line(item: BriefItem, zone: ZoneInfo, today: date, parts: Sequence[str]) -> LineView:
    sources, _ = _sources(item, zone, today)
    text = " ".join(stop(part) for part in parts if part)
    return LineView(number=str(item.number), headline=item.headline, text=text, sources=sources[:1])


def _still_open(item: BriefItem, today: date, zone: ZoneInfo) -> LineView:
    open_words = f"Still open since {on_day(item.first_seen_on, today)}"
    due = _due_words(item, today)
    notes = [f"You {_note_words(note, zone, today)}" for note in item.notes]
    asked = f"Not answered yet: {item.question}" if item.question else ""
    # The whole sentence of what to do was in the brief of the first day; the first step is enough to go on.
    first_step = item.action.split(". ")[0]
    waiting = [f"Policy: proposal {text.rpartition('Proposal ')[2]}" for text in item.policies]
    standing = f"{open_words}, {due}" if due else open_words
    return _line(item, zone, today, [f"{item.what}", standing, first_step, asked, *waiting, *notes])


def _merged(items: Sequence[BriefItem]) -> list[list[BriefItem]]:
    """Items that ask for the same thing of the same rows, together; in the order of the first of each."""
    groups: dict[str, list[BriefItem]] = {}
    for item in items:
        groups.setdefault(item.headline, []).append(item)
    return list(groups.values())


def _merged_line(group: Sequence[BriefItem], zone: ZoneInfo, today: date, parts: Sequence[str]) -> LineView:
    """The line of the first, with the subjects and a source of each of the others."""
    also = list(dict.fromkeys(item.what for item in group[1:] if item.what != group[0].what))
    line = _line(group[0], zone, today, [*parts, f"Also: {listed(also, most=ALSO_SHOWN)}" if also else ""])
    sources = [_source(link, zone, today) for item in group for link in item.sources[:1]]
    return replace(
        line,
        number=listed([str(item.number) for item in group], most=6),
        sources=tuple(dict.fromkeys(sources))[:SOURCES_SHOWN],
    )


def _below(brief: Brief, items: Sequence[BriefItem], zone: ZoneInfo) -> Section | None:
    if not items:
        return None
    lines = []
    for group in _merged(items):
        item = group[0]
        since = f"still open since {on_day(item.first_seen_on, brief.day)}" if item.changes == ("none",) else ""
        stand = ", ".join(part for part in (LABEL_WORDS[item.label], since, _due_words(item, brief.day)) if part)
        lines.append(_merged_line(group, zone, brief.day, [item.what, stand, item.action.split(". ")[0]]))
    return Section(
        name="below",
        title=f"Below the line ({len(items)})",
        lead="Pressing by the rules too, but past the number of alerts that you asked for a day. In order.",
        lines=tuple(lines),
    )


def _in_hand(brief: Brief, zone: ZoneInfo) -> Section | None:
    items = [item for item in brief.items if item.standing == "acknowledged"]
    if not items:
        return None
    lines = []
    for item in items:
        changed = item.why_now if item.changes != ("none",) else ""
        notes = [f"You {_note_words(note, zone, brief.day)}" for note in item.notes]
        lines.append(_line(item, zone, brief.day, [changed, capital(_due_words(item, brief.day)), *notes]))
    return Section(name="in-hand", title=f"In hand ({len(items)})", lead="Acknowledged by you.", lines=tuple(lines))


def _lines_section(brief: Brief, label: Label, most: int, zone: ZoneInfo) -> Section | None:
    items = [item for item in brief.items if item.label == label and item.standing != "acknowledged"]
    if not items:
        return None
    groups = _merged(items)
    lines = []
    for group in groups[:most]:
        item = group[0]
        others = len(item.why_you) - 1
        why = item.row_line or (item.why_you[0] if item.why_you else "")
        more = f"And {number(others)} more of yours" if others > 0 else ""
        changed = item.why_now if item.changes not in {("new",), ("none",)} else ""
        due = f"By {on_day(item.due, brief.day)}" if item.due and item.verdict == "affected" else ""
        lines.append(_merged_line(group, zone, brief.day, [item.what, why, more, changed, due]))
    rest = sum(len(group) for group in groups[most:])
    return Section(
        name=label,
        title=f"{LABEL_WORDS[label]} ({len(items)})",
        lines=tuple(lines),
        rest=f"And {figures(rest, 'more item')} in the JSON of this brief." if rest > 0 else "",
    )


def _not_affected(brief: Brief) -> Section | None:
    new = brief.not_affected[: brief.not_affected_new]
    if not new:
        return None
    rest = len(new) - NOT_AFFECTED_SHOWN
    old = len(brief.not_affected) - len(new)
    counts = [f"{rest:,} more" if rest > 0 else "", f"{old:,} from earlier days" if old else ""]
    counted_rest = listed([part for part in counts if part])
    return Section(
        name="not-affected",
        title=f"Looked at and not affected ({len(new)})",
        plain=new[:NOT_AFFECTED_SHOWN],
        rest=f"And {counted_rest} in the JSON of this brief." if counted_rest else "",
    )


def _changed(brief: Brief) -> Section:
    quiet = sum(item.standing == "open" for item in brief.quiet)
    snoozed = sum(item.standing == "snoozed" for item in brief.quiet)
    parts = [_new_in_kev(brief)]
    if brief.reopened:
        parts.append(f"Back after being put aside: {brief.reopened}.")
    if brief.quiet_dismissed:
        parts.append(f"Dismissed by you and still quiet: {brief.quiet_dismissed}.")
    if snoozed:
        parts.append(f"Put off by you: {snoozed}.")
    if silenced := [item for item in brief.quiet if item.standing == "silenced"]:
        fresh = list(dict.fromkeys(item.topic or item.headline for item in silenced if item.changes != ("none",)))
        new = f" (new: {listed(fresh, most=ALSO_SHOWN)})" if fresh else ""
        parts.append(f"Kept quiet by your rules: {len(silenced)}{new}.")
    if quiet:
        parts.append(f"Known to you and unchanged, so not shown again: {quiet}.")
    title = "Changed since you last looked" if brief.since else f"New in the last {FIRST_LOOK.days} days"
    return Section(name="changed", title=title, plain=(" ".join(parts),))


def _new_in_kev(brief: Brief) -> str:
    added, touching = brief.new_in_kev, brief.new_in_kev_touching
    if not added:
        return "Nothing was added to CISA's catalogue of exploited flaws."
    words = f"Added to CISA's catalogue of exploited flaws: {added:,}"
    if not touching:
        return f"{words}; {'it does not touch' if added == 1 else 'none of them touches'} you."
    if touching == added:
        return f"{words}; {'it touches' if added == 1 else 'all of them touch'} you."
    return f"{words}; {number(touching)} of them {'touches' if touching == 1 else 'touch'} you."


def _policies(brief: Brief) -> Section | None:
    """Reviews, exceptions, sign-offs and proposals that wait for somebody."""
    if not brief.reminders:
        return None
    lines = [f"{one.subject}: {one.text}" for one in brief.reminders]
    more = len(lines) - POLICIES_SHOWN
    return Section(
        name="policies",
        title=f"Policies ({len(lines)})",
        plain=tuple(lines[:POLICIES_SHOWN]),
        rest=f"and {more} more: vciso policy reminders {brief.client_id}" if more > 0 else "",
    )


def _notes(brief: Brief, zone: ZoneInfo) -> Section | None:
    shown = {note.id for item in brief.items for note in item.notes}
    heads = {item.key: item.headline for item in (*brief.items, *brief.quiet)}
    # A dismissal is counted under "Changed": repeating its reason every day would bring it back.
    others = [note for note in brief.open_notes if note.id not in shown and note.kind != "dismiss"]
    if not others:
        return None
    lines = tuple(
        f"{heads.get(note.item_key, 'An item that is no longer in the brief')} — {_note_words(note, zone, brief.day)}"
        for note in others
    )
    return Section(name="notes", title=f"Your open notes ({len(others)})", plain=lines)


def _coverage(brief: Brief) -> Section:
    seen = brief.coverage
    lines = [f"{source.title}: {stop(source.sentence)}" for source in seen.sources if not source.good]
    if not lines and seen.sources:
        lines.append("Every source was read.")
    elif not seen.sources:
        lines.append("No source is set up.")
    if seen.assets_without_version:
        count = len(seen.assets_without_version)
        names = listed(seen.assets_without_version, most=NAMES_SHOWN)
        verb = "has" if count == 1 else "have"
        lines.append(
            f"{count} of {figures(seen.assets, 'asset')} {verb} no version: {names}. {_would_settle(brief)}".strip()
        )
    lines += undecided_line(brief)
    if seen.lookups_missing:
        ids = listed(seen.lookups_missing, most=NAMES_SHOWN)
        lines.append(f"No record could be looked up for {ids}: judged on the words of the news alone.")
    if not seen.assets and not seen.third_parties:
        lines.append("No asset and no supplier is recorded, so nothing could be matched. Import an inventory first.")
    lines += seen.notices
    return Section(name="coverage", title="Not covered today", plain=tuple(lines))


def _would_settle(brief: Brief) -> str:
    waiting = waiting_for_versions(brief)
    numbers = sorted({number for _, found in waiting for number in found})
    if not numbers:
        return ""
    names = [name for name, _ in waiting]
    which = "the version of " + listed(names) if len(names) <= 3 else f"{len(names)} of these versions"
    items = f"{'item' if len(numbers) == 1 else 'items'} {listed([str(number) for number in numbers], most=6)}"
    return f"Recording {which} would have settled {items}."
