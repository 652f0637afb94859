"""Exceptions from one policy: granted for a time against a control that stands in, renewed, closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import streamlit as st
from markupsafe import Markup

from advisor.budget import client_day
from advisor.policies.exceptions import (
    LONGEST_DAYS,
    MAX_TEXT,
    add_exception,
    close_exception,
    renew_exception,
    standing,
    target,
)
from knowledge.places import ClientPlace
from knowledge.records.policy import Policy, PolicyVersion
from knowledge.records.policy_exception import ExceptionStanding, PolicyException
from ui.app.text import inert, table
from ui.render.escape import shown
from ui.web.views.frame import View, do_step, show

SIGNS: Final[dict[ExceptionStanding, tuple[str, str]]] = {
    "in force": ("✓ in force", "good"),
    "expires soon": ("● ends soon", "warn"),
    "expired": ("▲ over", "bad"),
    "closed": ("– closed", "none"),
}
WHOLE: Final = "the whole policy"
FIRST_TERM: Final = timedelta(days=90)


def section(view: View, policy: Policy, versions: Sequence[PolicyVersion]) -> None:
    """The exceptions of a policy, and what a reviewer may do with them."""
    with view.places.client(view.client.id) as place, place.read() as unit:
        found = unit.policy_exceptions.list(closed=True, policy_id=policy.id)
    today = client_day(view.now, view.client.timezone)
    if found:
        head = ["Not done", "Clause", "Stands in", "Owner", "Until", "State"]
        show(table(head, [_row(one, today) for one in found]))
    else:
        st.info("No exception is granted: the policy holds for everybody in its scope.")
    if not view.places.may(view.client.id, "review"):
        return
    with st.expander("Grant an exception", icon=":material/add:"):
        _grant(view, policy, versions, today)
    if running := [one for one in found if one.closed_at is None]:
        with st.expander("Renew or close one", icon=":material/event_repeat:"):
            _renew_or_close(view, running, today)


def _row(one: PolicyException, today: date) -> list[str | Markup]:
    words, kind = SIGNS[standing(one, today)]
    state = Markup('<span class="{} nw">{}</span>').format(kind, words)
    if one.closed_because:
        state += Markup('<span class="vc-sub">{}</span>').format(inert(one.closed_because))
    elif len(one.terms) > 1:
        state += Markup('<span class="vc-sub">renewed {}×</span>').format(len(one.terms) - 1)
    what = Markup('{}<span class="vc-sub">because: {}</span>').format(inert(one.what), inert(one.reason))
    return [what, one.clause or WHOLE, one.compensating, one.owner, f"{one.expires_on}", state]


def _grant(view: View, policy: Policy, versions: Sequence[PolicyVersion], today: date) -> None:
    text = next((one for one in versions if one.status == "published"), versions[0]).text
    clauses = {"": WHOLE} | {
        one.number: f"{one.number} {shown(one.heading)}".strip() for one in text.clauses if one.number
    }
    with st.form(view.key(f"grant-{policy.id}"), border=False):
        clause = st.selectbox(
            "Clause", list(clauses), format_func=clauses.__getitem__, key=view.key(f"ex-clause-{policy.id}")
        )
        what = st.text_input("What is not done, and where", key=view.key(f"ex-what-{policy.id}"), max_chars=MAX_TEXT)
        reason = st.text_input("Why it cannot be done now", key=view.key(f"ex-why-{policy.id}"), max_chars=MAX_TEXT)
        compensating = st.text_input(
            "The control that stands in meanwhile", key=view.key(f"ex-instead-{policy.id}"), max_chars=MAX_TEXT
        )
        owner = st.text_input("Who answers for closing it", key=view.key(f"ex-owner-{policy.id}"), max_chars=200)
        until = st.date_input(
            "Last day on which it holds",
            today + FIRST_TERM,
            min_value=today,
            max_value=today + timedelta(days=LONGEST_DAYS),
            key=view.key(f"ex-until-{policy.id}"),
            format="YYYY-MM-DD",
        )
        st.caption("A year at most. The brief says so 14 days before it ends; it stands in the coverage and the SoA.")
        if not st.form_submit_button("Grant", type="primary", icon=":material/check:"):
            return

    def grant(place: ClientPlace) -> str:
        made = add_exception(
            place,
            view.client,
            policy.id,
            what=what,
            reason=reason,
            compensating=compensating,
            owner=owner,
            until=until,
            now=view.now,
            clause=clause,
        )
        return f"Granted until {made.expires_on}: {target(made)}."

    if do_step(view, grant):
        for name in ("clause", "what", "why", "instead", "owner", "until"):
            view.drop(f"ex-{name}-{policy.id}")
        st.rerun()


def _renew_or_close(view: View, running: Sequence[PolicyException], today: date) -> None:
    names = {one.id: f"{shown(one.what)[:90]} (until {one.expires_on})" for one in running}
    chosen = st.selectbox("Exception", list(names), format_func=names.__getitem__, key=view.key("ex-chosen"))
    one = next(one for one in running if one.id == chosen)
    reason = st.text_input("Reason", key=view.key(f"ex-reason-{one.id}"), max_chars=MAX_TEXT)
    first, last = max(today, one.expires_on + timedelta(days=1)), today + timedelta(days=LONGEST_DAYS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if first <= last:
            until = st.date_input(
                "New last day",
                min(first + FIRST_TERM, last),
                min_value=first,
                max_value=last,
                key=view.key(f"ex-new-{one.id}-{one.expires_on}"),
                format="YYYY-MM-DD",
            )
            if st.button("Renew", key=view.key(f"ex-renew-{one.id}"), icon=":material/event_repeat:"):

                def renew(place: ClientPlace) -> str:
                    made = renew_exception(place, view.client, one.id, until=until, reason=reason, now=view.now)
                    return f"Renewed until {made.expires_on}: {target(made)}."

                if do_step(view, renew):
                    st.rerun()
        if st.button("Close it", key=view.key(f"ex-close-{one.id}"), icon=":material/close:"):

            def close(place: ClientPlace) -> str:
                return f"Closed: {target(close_exception(place, one.id, reason=reason, now=view.now))}."

            if do_step(view, close):
                st.rerun()
