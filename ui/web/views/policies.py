"""Policies: what is in force, what waits for a word, what is on its way, and when the next review is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from advisor.policies.reminders import reminders
from advisor.policies.templates.library import topics
from knowledge.records.policy import Policy, PolicyVersion
from knowledge.records.proposal import Proposal
from ui.app.text import counted, inert, md, table
from ui.render.escape import shown
from ui.web.views import policy_begin, policy_one, redline
from ui.web.views.frame import View, client_page, show

SECTIONS: Final = ("Policies", "Proposals", "Begin")
REMINDERS: Final = 5
SOON: Final = timedelta(days=30)

Found = Sequence[tuple[Policy, tuple[PolicyVersion, ...]]]


def show_page() -> None:
    """The policies of the client in view."""
    with client_page("Policies") as view:
        with view.places.client(view.client.id) as place, place.read() as unit:
            found = [(one, unit.policies.versions(one.id)) for one in unit.policies.list()]
            waiting = unit.proposals.list()
        if asked := st.query_params.get("proposal", ""):
            # Where another page leads to one proposal; said once, so that a reload does not come back to it.
            del st.query_params["proposal"]
            if any(one.id == asked for one in waiting):
                view.keep("proposal", asked)
                view.keep("section", "Proposals")
        if topic := st.query_params.get("begin", ""):
            del st.query_params["begin"]
            view.keep("section", "Begin")
            if topic in topics():
                view.keep("topic", topic)
        names = {
            "Policies": f"Policies ({len(found)})",
            "Proposals": f"Proposals ({len(waiting)})",
            "Begin": "Draft or take in",
        }
        first = "Proposals" if waiting and not found else "Policies" if found else "Begin"
        wanted = view.kept("section", first)
        chosen = st.segmented_control(
            "Section",
            SECTIONS,
            default=wanted,
            required=True,
            format_func=names.__getitem__,
            key=view.key(f"sections/{wanted}/{len(found)}"),
            label_visibility="collapsed",
        )
        if chosen != wanted:
            view.keep("section", chosen)
            st.rerun()
        if said := view.kept("said", ""):
            st.success(md(said), icon=":material/check_circle:")
            view.drop("said")
        if chosen == "Policies":
            _list(view, found, waiting)
        elif chosen == "Proposals":
            redline.section(view, waiting)
        else:
            policy_begin.section(view, [one for one, _ in found])


def _list(view: View, found: Found, waiting: Sequence[Proposal]) -> None:
    if not found:
        st.info(
            f"No policy of {view.client.name} yet. Draft one from a template, or take in a document that is in force: "
            "**Draft or take in** above.",
            icon=":material/policy:",
        )
        return
    today = view.now.astimezone(ZoneInfo(view.client.timezone)).date()
    with view.places.client(view.client.id) as place, place.read() as unit:
        asks = reminders(unit, today)
    if asks:
        st.warning("  \n".join(md(f"{one.subject}: {one.text}") for one in asks[:REMINDERS]))
    show(
        table(
            ["Policy", "In force", "On its way", "Owner", "Next review", "Proposals"],
            [_row(one, versions, waiting, today) for one, versions in found],
        )
    )
    titles = {one.id: shown(one.title) for one, _ in found}
    held = view.kept("policy", next(iter(titles)))
    chosen = st.selectbox(
        "Open a policy",
        list(titles),
        index=list(titles).index(held) if held in titles else 0,
        format_func=titles.__getitem__,
        key=view.key("policy-choice"),
    )
    view.keep("policy", chosen)
    policy_one.section(view, chosen)


def _row(
    policy: Policy, versions: Sequence[PolicyVersion], waiting: Sequence[Proposal], today: date
) -> list[str | Markup]:
    in_force = next((one for one in versions if one.status == "published"), None)
    open_ones = [one for one in versions if one.status not in ("published", "retired")]
    count = sum(one.policy_id == policy.id for one in waiting)
    return [
        policy.title,
        f"version {in_force.number}" if in_force else "",
        "; ".join(f"version {one.number}, {one.status}" for one in open_ones),
        policy.owner or "nobody named",
        _review(policy.next_review_on, today),
        counted(count, "proposal") if count else "",
    ]


def _review(day: date | None, today: date) -> str | Markup:
    if day is None:
        return ""
    words = f"{day.day} {day:%b} {day.year}"
    if day <= today:
        return Markup('<span class="bad">▲ {}</span>').format(inert(f"{words}, due"))
    if day - today <= SOON:
        return Markup('<span class="warn">● {}</span>').format(inert(f"{words}, soon"))
    return words
