"""Quiet rules and open notes of a client: what they do, and the way back."""

from __future__ import annotations

import streamlit as st

from advisor.brief.compose import items_by_key
from advisor.notes import close_note
from advisor.quiet import remove_rule, rule_words, standings
from ui.app.text import moment, table
from ui.render.escape import shown
from ui.web.views.frame import View, errors_here, show


def section(view: View) -> None:
    """Rules with their figures, then notes and decisions."""
    with view.places.client(view.client.id) as place, place.read() as unit:
        found = standings(unit.quiet_rules.list(), unit.quiet_rules.hits())
        notes, brief = unit.notes.list(), unit.briefs.latest()
    may = view.places.may(view.client.id, "edit")
    st.header(f"Quiet rules ({len(found)})", anchor=False)
    if found:
        show(
            table(
                ["Keeps quiet", "Because", "Silenced", "Turned serious", "Precision"],
                [
                    (
                        rule_words(one.rule),
                        one.rule.reason,
                        str(one.silenced),
                        str(one.affected + one.exploited),
                        "" if one.precision is None else f"{one.precision:.0%}",
                    )
                    for one in found
                ],
            )
        )
        names = {one.rule.id: shown(rule_words(one.rule)) for one in found}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox("Rule", list(names), format_func=names.__getitem__, key=view.key("rule"))
            if may and st.button("Take back", key=view.key("rule-back"), icon=":material/undo:"):
                with errors_here(), view.places.client(view.client.id) as place:
                    remove_rule(place, chosen, view.now)
                    view.keep("said", "Taken back: what it kept quiet shows in the next brief.")
                    st.rerun()
    else:
        st.caption("None. One is learnt when you dismiss an item with “Keep later findings alike quiet too”.")
    st.header(f"Open notes and decisions ({len(notes)})", anchor=False)
    if not notes:
        st.caption("None. They are made on the items of the brief.")
        return
    heads = {key: item.headline for key, item in items_by_key(brief).items()} if brief else {}
    zone = view.client.timezone
    show(
        table(
            ["Item", "Decision", "Text", "By"],
            [
                (
                    heads.get(one.item_key, "an item that is no longer in the brief"),
                    one.kind + (f" until {moment(one.until, zone)}" if one.until else ""),
                    one.text,
                    f"{one.actor}, {moment(one.created_at, zone)}",
                )
                for one in notes
            ],
        )
    )
    titles = {
        one.id: f"{one.kind}: {shown(heads.get(one.item_key, 'an older item'))} {shown(one.text)[:60]}" for one in notes
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Note or decision", list(titles), format_func=titles.__getitem__, key=view.key("note"))
        if may and st.button("Close it", key=view.key("note-close"), icon=":material/check:"):
            with errors_here(), view.places.client(view.client.id) as place:
                close_note(place, chosen, view.now)
                view.keep("said", "Closed.")
                st.rerun()
