"""When a client's brief is written by itself, and where it goes."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Final

import streamlit as st
from markupsafe import Markup

from knowledge.outbox import delivery_of, retry, set_delivery, target_words
from knowledge.records.delivery import Delivery, OutboxState
from knowledge.records.schedule import WEEKDAYS, Schedule, Weekday
from knowledge.schedule import days_words, next_slot, set_schedule
from ui.app.text import moment, table
from ui.cli.inputs import checked
from ui.web.views.frame import View, errors_here, show

DAY_WORDS: Final[dict[Weekday, str]] = dict(
    zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)
)
STATES: Final[dict[OutboxState, tuple[str, str]]] = {
    "queued": ("… waits", "none"),
    "claimed": ("… on its way", "none"),
    "sent": ("✓ sent", "good"),
    "failed": ("✗ failed", "bad"),
    "unsure": ("? may have arrived", "warn"),
    "dropped": ("○ dropped", "none"),
}


def section(view: View) -> None:
    """Schedule, targets, and what was sent."""
    own = view.places.may(view.client.id, "own")
    _schedule(view, own=own)
    _delivery(view, own=own)
    _outbox(view)


def _schedule(view: View, *, own: bool) -> None:
    client = view.client
    st.header("Schedule", anchor=False)
    held = client.schedule
    if held is None:
        st.caption("The brief is written only when somebody asks. It comes by itself while `vciso schedule run` runs.")
    else:
        with view.places.shared().read() as unit:
            runs = unit.runs.since((view.now - timedelta(days=7)).date())
        upcoming = next_slot(client, [run for run in runs if run.client_ref == client.ref], view.now)
        when = f" Next: {moment(upcoming, client.timezone)}." if upcoming else ""
        st.caption(f"{held.hour:02}:{held.minute:02} {client.timezone}, {days_words(held.days)}.{when}")
    if not own:
        return
    with st.form(view.key("schedule"), border=True):
        at = st.time_input("At", time(held.hour, held.minute) if held else time(6, 30), key=view.key("schedule-at"))
        days = st.multiselect(
            "On",
            list(WEEKDAYS),
            default=list(held.days if held else WEEKDAYS[:5]),
            format_func=DAY_WORDS.__getitem__,
            key=view.key("schedule-days"),
        )
        with st.container(horizontal=True):
            save = st.form_submit_button("Save the schedule", icon=":material/schedule:")
            clear = st.form_submit_button("Take off the schedule", disabled=held is None)
    if save or clear:
        with errors_here():
            wanted = None if clear else checked(Schedule, hour=at.hour, minute=at.minute, days=tuple(days))
            set_schedule(view.places, client.id, wanted, view.now)
            view.keep("said", "Off the schedule." if clear else "Saved.")
            st.rerun()


def _delivery(view: View, *, own: bool) -> None:
    st.header("Delivery", anchor=False)
    with view.places.client(view.client.id) as place:
        held = delivery_of(place)
    if not own:
        st.caption(f"Mail: {len(held.mail)} addresses. An owner of this client changes where briefs go.")
        return
    with st.form(view.key("delivery"), border=True):
        mail = st.text_area(
            "Mail to, one address a line", "\n".join(held.mail), key=view.key("mail"), height=90, max_chars=8_000
        )
        slack = st.text_input(
            "Slack: name of the variable that holds the webhook's address", held.slack_url_env, key=view.key("slack")
        )
        teams = st.text_input(
            "Teams: name of the variable that holds the webhook's address", held.teams_url_env, key=view.key("teams")
        )
        feed = st.checkbox("Keep an RSS and a JSON feed beside the briefs", held.feed, key=view.key("feed"))
        save = st.form_submit_button("Save the delivery", icon=":material/outgoing_mail:")
    if save:
        with errors_here():
            addresses = tuple(line.strip() for line in mail.splitlines() if line.strip())
            wanted = checked(
                Delivery, mail=addresses, slack_url_env=slack.strip(), teams_url_env=teams.strip(), feed=feed
            )
            with view.places.client(view.client.id) as place:
                set_delivery(place, wanted, view.now)
            view.keep("said", "Saved. Recipients come from here only.")
            st.rerun()


def _outbox(view: View) -> None:
    with view.places.client(view.client.id) as place, place.read() as unit:
        entries = unit.outbox.list(last=20)
    st.header("Sent and waiting", anchor=False)
    if not entries:
        st.caption("Nothing was sent yet.")
        return
    lines: list[tuple[str | Markup, ...]] = []
    for one in entries:
        words, kind = STATES[one.state]
        sign = Markup('<span class="{} nw">{}</span>').format(kind, words)
        when = moment(one.sent_at or one.created_at, view.client.timezone)
        lines.append((one.subject, sign, target_words(one), when, one.reason))
    show(table(["Message", "State", "To", "When", "Why"], lines))
    failed = [one.id for one in entries if one.state == "failed"]
    if not failed or not view.places.may(view.client.id, "edit"):
        return
    if st.button(f"Try the failed ones again ({len(failed)})", key=view.key("retry"), icon=":material/replay:"):
        with errors_here(), view.places.client(view.client.id) as place:
            retry(place, view.now, ids=failed)
            view.keep("said", "They are tried again with the next delivery.")
            st.rerun()
