"""What a person decides about an item of a brief: acknowledge, dismiss, put off, note, propose a policy change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from advisor.notes import MAX_TEXT, add_note, close_note
from advisor.quiet import dismiss_and_learn, rule_words
from knowledge.errors import VcisoError
from knowledge.records.base import ClientId
from knowledge.records.brief import BriefItem
from knowledge.records.note import Note, NoteKind
from ui.app.text import block, inert, md
from ui.web.views import propose
from ui.web.views.frame import View, act, say_error, show


def buttons(view: View, item: BriefItem, *, small: bool) -> None:
    """The decisions on an item; all in one dialog where space is short."""
    number, client_id = item.number, view.client.id
    with st.container(horizontal=True, gap="small"):
        if not small:
            if st.button("Acknowledge", key=view.key(f"ack-{number}"), icon=":material/check:"):
                _decide(client_id, item, "acknowledge")
            if st.button("Dismiss…", key=view.key(f"dismiss-{number}"), icon=":material/visibility_off:"):
                _dismiss(client_id, item)
            if st.button("Snooze…", key=view.key(f"snooze-{number}"), icon=":material/snooze:"):
                _snooze(client_id, item)
            if st.button("Note…", key=view.key(f"note-{number}"), icon=":material/sticky_note_2:"):
                _note(client_id, item)
            if st.button("Propose policy change…", key=view.key(f"propose-{number}"), icon=":material/policy:"):
                _propose(client_id, item)
        elif st.button(
            f"Decide on {number}…", key=view.key(f"more-{number}"), type="tertiary", icon=":material/more_horiz:"
        ):
            _more(client_id, item)


def decided(view: View, item: BriefItem, note: Note) -> None:
    """What was decided since the brief was written, and the way back."""
    from ui.web.views.brief import note_words

    show(block(Markup('<p class="vc-decided">✓ {}</p>').format(inert(note_words(note, view.client.timezone)))))
    if view.places.may(view.client.id, "edit") and st.button(
        "Undo", key=view.key(f"undo-{item.number}"), type="tertiary", icon=":material/undo:"
    ):

        def undo(at: View) -> None:
            with at.places.client(at.client.id) as place:
                close_note(place, note.id, at.now)

        act(view.client.id, undo)
        st.rerun()


def _decide(
    client_id: ClientId, item: BriefItem, kind: NoteKind, text: str = "", until: datetime | None = None
) -> None:
    """Keeps a decision and runs the page anew; an error is shown where the person is."""

    def work(at: View) -> None:
        with at.places.client(client_id) as place:
            add_note(place, item.key, kind, text=text, now=at.now, until=until)

    try:
        act(client_id, work)
    except VcisoError as error:
        say_error(error)
    else:
        st.rerun()


@st.dialog("Dismiss")
def _dismiss(client_id: ClientId, item: BriefItem) -> None:
    _headline(item)
    reason = st.text_area("Why does it not concern the client?", max_chars=MAX_TEXT, key=f"of/{client_id}/reason")
    affected = any(verdict.kind == "affected" for verdict in item.verdicts)
    learn = not affected and st.checkbox(
        "Keep later findings alike quiet too",
        help="The same row, found by the same rule, with the same verdict. It comes back when it turns out affected, "
        "or when the flaw is exploited.",
        key=f"of/{client_id}/learn",
    )
    st.caption("It stays quiet until it changes: a new version range, a fix, an exploited flaw, another due date.")
    if st.button("Dismiss", type="primary", key=f"of/{client_id}/dismiss-now"):
        if learn:
            _learn(client_id, item, reason)
        else:
            _decide(client_id, item, "dismiss", reason)


def _learn(client_id: ClientId, item: BriefItem, reason: str) -> None:
    def work(at: View) -> list[str]:
        with at.places.client(client_id) as place:
            _, _, rules = dismiss_and_learn(place, item.key, reason=reason, now=at.now)
        return [rule_words(rule) for rule in rules]

    try:
        made = act(client_id, work)
    except VcisoError as error:
        say_error(error)
        return
    st.toast(f"Quiet from now on: {md('; '.join(made))}" if made else "A rule covers it already.")
    st.rerun()


@st.dialog("Snooze")
def _snooze(client_id: ClientId, item: BriefItem) -> None:
    _headline(item)
    zone = act(client_id, lambda at: at.client.timezone)
    today = datetime.now(ZoneInfo(zone)).date()
    day = st.date_input(
        "First day to see it again",
        today + timedelta(days=7),
        min_value=today + timedelta(days=1),
        key=f"of/{client_id}/until",
        format="YYYY-MM-DD",
    )
    text = st.text_input("Note (may be empty)", max_chars=MAX_TEXT, key=f"of/{client_id}/snooze-text")
    if st.button("Snooze", type="primary", key=f"of/{client_id}/snooze-now"):
        until = datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        _decide(client_id, item, "snooze", text, until)


@st.dialog("Note")
def _note(client_id: ClientId, item: BriefItem) -> None:
    _headline(item)
    text = st.text_area("What should be remembered?", max_chars=MAX_TEXT, key=f"of/{client_id}/note-text")
    st.caption("The next briefs show it until it is closed.")
    if st.button("Keep the note", type="primary", key=f"of/{client_id}/note-now"):
        _decide(client_id, item, "note", text)


@st.dialog("Propose a policy change", width="large")
def _propose(client_id: ClientId, item: BriefItem) -> None:
    _headline(item)
    propose.form(client_id, item)


@st.dialog("Decide")
def _more(client_id: ClientId, item: BriefItem) -> None:
    _headline(item)
    zone = act(client_id, lambda at: at.client.timezone)
    today = datetime.now(ZoneInfo(zone)).date()
    choices: dict[NoteKind, str] = {
        "acknowledge": "Acknowledge: it is in hand",
        "dismiss": "Dismiss, with a reason",
        "snooze": "Put off",
        "note": "Note",
    }
    kind = st.radio("Decision", list(choices), format_func=choices.__getitem__, key=f"of/{client_id}/kind")
    until: datetime | None = None
    if kind == "snooze":
        day = st.date_input(
            "First day to see it again",
            today + timedelta(days=7),
            min_value=today + timedelta(days=1),
            key=f"of/{client_id}/more-until",
            format="YYYY-MM-DD",
        )
        until = datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    words = {"dismiss": "Reason", "note": "What should be remembered?"}.get(kind, "Note (may be empty)")
    text = st.text_area(words, max_chars=MAX_TEXT, key=f"of/{client_id}/more-text")
    if st.button("Keep the decision", type="primary", key=f"of/{client_id}/more-now"):
        _decide(client_id, item, kind, text, until)


def _headline(item: BriefItem) -> None:
    show(block(Markup("<p><strong>{}. {}</strong></p>").format(item.number, inert(item.headline))))
