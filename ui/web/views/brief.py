"""Brief: one client's day, each verdict with its evidence, and what the CISO decides about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import streamlit as st
from markupsafe import Markup

from advisor.brief.order import ALERTS
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.note import Note
from knowledge.records.triage import Evidence, Verdict, VerdictKind
from ui.app.text import block, bullets, counted, day_words, inert, label, link, moment, rows, theirs
from ui.deliver.files import brief_file
from ui.render.sections import BriefView, ItemView, LineView, Section, SourceView
from ui.render.view import brief_view
from ui.web.views import decide, runs
from ui.web.views.frame import View, client_page, show

VERDICT_WORDS: Final[dict[VerdictKind, tuple[str, str]]] = {
    "affected": ("▲ affected", "affected"),
    "version-unknown": ("? version not known", "unknown"),
    "vendor-only": ("? vendor only", "unknown"),
    "version-not-affected": ("✓ version not affected", "not-affected"),
    "not-relevant": ("○ not relevant", "none"),
}
EVIDENCE_WORDS: Final = {
    "words": "the source says",
    "asset": "your inventory",
    "supplier": "your supplier list",
    "profile": "the client's profile",
    "configuration": "affected versions",
    "advisory": "the advisory",
    "alias": "a name you confirmed",
    "rule": "rule",
}


@dataclass(frozen=True)
class Day:
    """A brief with what was decided since."""

    brief: Brief
    items: dict[int, BriefItem]
    decided: dict[str, Note]
    """Open decisions that were made after the brief was written, by item key."""
    newest: bool


def show_page() -> None:
    """The kept brief of the client in view, the newest first."""
    with client_page("Brief") as view:
        with view.places.client(view.client.id) as place, place.read() as unit:
            days = unit.briefs.days()
            day = _chosen_day(view, days)
            brief = unit.briefs.get(day) if day else None
            notes = unit.notes.list()
        if brief is None:
            st.info(
                f"No brief of {view.client.name} yet. Import its assets and suppliers, then write the first brief.",
                icon=":material/newspaper:",
            )
            runs.morning_panel(view.places, view.client)
            return
        decided = {note.item_key: note for note in notes if note.created_at > brief.written_at and note.kind != "note"}
        today = Day(brief, {item.number: item for item in brief.items}, decided, newest=day == days[0])
        _head(view, brief_view(brief), today)
        for section in brief_view(brief).sections:
            _section(view, section, today)
        _downloads(view, brief)


def _chosen_day(view: View, days: Sequence[date]) -> date | None:
    if len(days) < 2:
        return days[0] if days else None
    return st.selectbox("Day", days, format_func=day_words, key=view.key("day"), width=320)


def _head(view: View, found: BriefView, today: Day) -> None:
    if not today.newest:
        st.info("This is an earlier brief, as it was then. Decisions are made on the newest one.")
    show(
        block(
            Markup('<p class="vc-decision">{}</p>').format(inert(found.headline)),
            Markup('<p class="vc-facts">{}</p>').format(inert(f"{found.day} · {found.facts} · {found.foot}")),
        )
    )
    if today.newest:
        runs.morning_panel(view.places, view.client)


def _downloads(view: View, brief: Brief) -> None:
    file = brief_file(view.places, view.client.id, brief.day, "html")
    if file.is_file():
        st.download_button(
            "Brief as a page (HTML)",
            file.read_bytes(),
            file_name=f"brief-{view.client.id}-{brief.day:%Y-%m-%d}.html",
            mime="text/html",
            key=view.key("download-html"),
            icon=":material/download:",
            on_click="ignore",
        )


def _section(view: View, section: Section, today: Day) -> None:
    st.header(section.title, anchor=False)
    if section.lead:
        st.caption(section.lead)
    for item in section.full:
        _item(view, section, item, today)
    for line in section.lines:
        _line(view, section, line, today)
    if section.plain:
        show(block(bullets(section.plain)))
    if section.rest:
        st.caption(section.rest)


def _item(view: View, section: Section, item: ItemView, today: Day) -> None:
    whole = today.items[item.number]
    with st.container(border=True, key=f"item-{section.name}-{item.number}"):
        show(block(card(item, whole), evidence(whole), kind="vc-item"))
        _decide(view, whole, today)


def _line(view: View, section: Section, line: LineView, today: Day) -> None:
    numbers = [int(part) for part in line.number.replace(",", " ").replace("and", " ").split() if part.isdigit()]
    whole = today.items.get(numbers[0]) if len(numbers) == 1 else None
    alert = section.name in ALERTS
    with st.container(key=f"line-{section.name}-{line.number or line.headline}", gap="small", border=alert):
        sources = Markup("; ").join(_source(one) for one in line.sources)
        number = f"{line.number}. " if line.number else ""
        show(
            block(
                Markup("<p><strong>{}{}</strong> — {} <span class='vc-small vc-dim'>{}</span></p>").format(
                    number, inert(line.headline), inert(line.text), sources
                ),
                evidence(whole) if whole else "",
            )
        )
        if whole is not None:
            _decide(view, whole, today, small=not alert)


def _decide(view: View, item: BriefItem, today: Day, *, small: bool = False) -> None:
    note = today.decided.get(item.key)
    if note is not None:
        decide.decided(view, item, note)
    elif today.newest and view.places.may(view.client.id, "edit"):
        decide.buttons(view, item, small=small)


def card(item: ItemView, whole: BriefItem) -> Markup:
    """One item in full."""
    tag = Markup(' <span class="vc-lab vc-dim">{}</span>').format(item.tag) if item.tag in ("changed", "back") else ""
    by = Markup("<strong>{}</strong> {}").format(inert(item.when), inert(item.rule)) if item.when else ""
    sources = Markup("; ").join(_source(one) for one in item.sources)
    if item.more_sources:
        sources += Markup("; {}").format(inert(item.more_sources))
    return Markup("<h3>{}. {}{}</h3><p class='what'>{} {}</p>{}").format(
        item.number,
        inert(item.headline),
        tag,
        label(whole.label, "FYI" if whole.label == "fyi" else item.label),
        inert(item.what),
        rows(
            [
                ("Why you", bullets(item.why_you) if item.why_you else ""),
                ("Finding", item.finding),
                (
                    "Settled by",
                    Markup('<span class="ask">“{}”</span>').format(inert(item.question)) if item.question else "",
                ),
                ("Why now", item.why_now),
                ("Do", Markup('<span class="do">{}</span>').format(inert(item.action))),
                ("By", by),
                ("Policy", bullets(item.policies) if item.policies else ""),
                ("Your notes", bullets(item.notes) if item.notes else ""),
                ("Sources", sources),
            ]
        ),
    )


def _source(one: SourceView) -> Markup:
    where = ", ".join(part for part in (one.publisher, one.when) if part)
    return Markup("{}{}").format(link(one.title, one.url), f" ({theirs(where)})" if where else "")


def evidence(item: BriefItem) -> Markup:
    """Every verdict of an item with what it rests on; opened by a click."""
    inner = Markup("").join(_verdict(verdict) for verdict in item.verdicts)
    return Markup("<details><summary>Evidence: {}</summary><div>{}</div></details>").format(
        counted(len(item.verdicts), "verdict"), inner
    )


def _verdict(verdict: Verdict) -> Markup:
    words, kind = VERDICT_WORDS[verdict.kind]
    match = verdict.match
    return Markup('<p><span class="{}">{}</span> · <strong>{}</strong>: {}</p>{}').format(
        kind,
        words,
        inert(match.subject_name),
        inert(verdict.reason),
        Markup(
            '<ul class="vc-small">{}<li class="vc-dim">Rule {}, how sure it means this one: {:.0%}</li></ul>'
        ).format(Markup("").join(_proof(one) for one in match.evidence), inert(match.rule), match.confidence),
    )


def _proof(one: Evidence) -> Markup:
    place = Markup(' <span class="vc-dim">({})</span>').format(inert(one.locator)) if one.locator else ""
    return Markup("<li>{}: “{}”{}</li>").format(EVIDENCE_WORDS[one.kind], theirs(one.text), place)


def note_words(note: Note, zone: str) -> str:
    """`Dismissed by robin on 7 Aug 2026, 09:12: hosted by the vendor`."""
    verb = {"acknowledge": "Acknowledged", "dismiss": "Dismissed", "snooze": "Put off", "note": "Noted"}[note.kind]
    until = f" until {moment(note.until, zone)}" if note.until else ""
    return f"{verb}{until} by {note.actor} on {moment(note.created_at, zone)}" + (f": {note.text}" if note.text else "")
