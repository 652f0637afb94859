"""Which public product a spelling of the inventory means: chosen by a person from a ranked list."""

from __future__ import annotations

import streamlit as st

from advisor.naming import NameCatalogue, Reading, confirm, readings, take_back
from knowledge.records.feedback import Alias
from ui.app.text import counted, md, moment, table
from ui.render.escape import shown
from ui.web.views.frame import View, errors_here, show

NONE = "none of these, or not sure"
MOST = 25
"""Spellings that one page offers."""


def section(view: View) -> None:
    """Open spellings with what they could mean, and the names that were confirmed."""
    with view.places.client(view.client.id) as place, place.read() as unit:
        assets, aliases = unit.assets.list(), unit.aliases.list()
    with view.places.shared().read() as shared:
        catalogue = NameCatalogue.read(shared)
    found = readings(assets, aliases, catalogue)
    open_ones = [one for one in found if one.candidates]
    same = sum(one.standing == "same-name" for one in found)
    alone = [one.name for one in found if one.standing == "nothing-alike"]
    st.caption(
        f"A name that is confirmed here is matched like an exact one, for every asset that writes it so. "
        f"{len(catalogue):,} public names to choose from; {same} are written as records write them already."
    )
    may = view.places.may(view.client.id, "edit")
    if not open_ones:
        st.success("No name is open.")
    elif may:
        _choose(view, open_ones[:MOST])
    else:
        st.info(f"{counted(len(open_ones), 'name')} open; an editor or an owner can confirm them.")
    if len(open_ones) > MOST:
        st.caption(f"And {len(open_ones) - MOST} more, when these are done.")
    if alone:
        st.caption(f"Nothing alike for: {md('; '.join(sorted(alone)))}.")
    _confirmed(view, aliases, may=may)


def _choose(view: View, found: list[Reading]) -> None:
    sure = [one for one in found if one.standing == "sure"]
    if sure and st.button(
        f"Confirm the {counted(len(sure), 'sure name')}", key=view.key("all-sure"), icon=":material/done_all:"
    ):
        with errors_here(), view.places.client(view.client.id) as place:
            for one in sure:
                first = one.candidates[0]
                why = f"taken as sure, score {first.score:.2f}: {first.why}"
                confirm(place, one.assets[0], first.name, why=why, now=view.now)
            st.rerun()
    for number, one in enumerate(found):
        with st.container(border=True):
            names = ", ".join(asset.name for asset in one.assets[:3])
            more = f" and {len(one.assets) - 3} more" if len(one.assets) > 3 else ""
            words = {
                candidate.name: f"{shown(candidate.name)}  ({candidate.score:.2f}, {candidate.why})"
                for candidate in one.candidates
            }
            options = [NONE, *words]
            chosen = st.selectbox(
                f"{md(one.name)} on {md(names)}{more} means",
                options,
                index=1 if one.standing == "sure" else 0,
                format_func=lambda option, words=words: words.get(option, option),
                key=view.key(f"name-{number}-{one.name}"),
            )
            if st.button(
                "Confirm",
                key=view.key(f"confirm-{number}-{one.name}"),
                icon=":material/check:",
                disabled=chosen == NONE,
            ):
                with errors_here(), view.places.client(view.client.id) as place:
                    rank = options.index(chosen)
                    why = f"chosen, number {rank} of {len(one.candidates)}: {one.candidates[rank - 1].why}"
                    confirm(place, one.assets[0], chosen, why=why, now=view.now)
                    st.rerun()


def _confirmed(view: View, aliases: tuple[Alias, ...], *, may: bool) -> None:
    if not aliases:
        return
    st.header(f"Confirmed ({len(aliases)})", anchor=False)
    written = {alias.id: f"{alias.written_vendor} {alias.written_product}".strip() for alias in aliases}
    show(
        table(
            ["Written", "Means", "Why", "By"],
            [
                (written[one.id], f"{one.vendor}:{one.product}", one.why, f"{one.actor}, {moment(one.created_at)}")
                for one in aliases
            ],
        )
    )
    if not may:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Take back", list(written), format_func=written.__getitem__, key=view.key("alias"))
        if st.button("Take back", key=view.key("unalias"), icon=":material/undo:"):
            with errors_here(), view.places.client(view.client.id) as place:
                take_back(place, chosen, view.now)
                st.rerun()
