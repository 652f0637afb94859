"""Sources: where the facts come from and how each one stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NoReturn
from urllib.parse import urlsplit

import streamlit as st
from markupsafe import Markup

from advisor.outlook import cover
from knowledge.places import Places
from knowledge.records.source import GOOD, Source, SourceState
from ui.app.morning import kept_sources
from ui.app.sources import add_feeds, add_source, plan_feeds, remove_source, set_enabled
from ui.app.text import block, bullets, counted, inert, md, moment, table
from ui.render.charts import ago
from ui.render.escape import shown
from ui.web.views import runs
from ui.web.views.frame import errors_here, ink, now, page, show
from ui.web.views.pictures import show_chart

LATE_AFTER = timedelta(hours=24)
"""A source that was well is late when it was not read for so long, or for four of its own intervals if that is more."""

SHOWN_FEEDS: Final = 20
"""Feeds of a list that the page shows."""


def show_page() -> None:
    """The list with health, a picture of it, and what an administrator may change."""
    with page("Sources") as places:
        admin = places.is_admin()
        if admin:
            sources = kept_sources(places)
        else:
            with places.shared().read() as unit:
                sources = unit.sources.list()
        with places.shared().read() as unit:
            states = unit.sources.states()
        at = now()
        standing = {one.id: health(one, states.get(one.id), at) for one in sources}
        shown = sorted(sources, key=lambda one: (_ORDER.index(standing[one.id][0]), one.title.casefold()))
        bad = [one for one in shown if one.enabled and standing[one.id][0] in ("failed", "late")]
        active = sum(one.enabled for one in shown)
        if not shown:
            st.info("No source is set up. Add one below.")
        elif bad:
            st.warning(
                f"{len(bad)} of {counted(active, 'source')} need a look: {md('; '.join(one.title for one in bad))}."
            )
        else:
            st.success(f"{counted(active, 'source')} in use, none failed.")
        runs.morning_panel(places, None)
        if active:
            _picture(shown, standing)
        show(
            table(
                ["Source", "State", "Last read (UTC)", "What it said", "Terms"],
                [_row(one, states.get(one.id), standing[one.id][0]) for one in shown],
            )
        )
        if admin:
            _change(places, shown)


def health(source: Source, state: SourceState | None, at: datetime) -> tuple[str, float | None]:
    """`good`, `late`, `failed`, `never` or `off`, and hours since content was last read."""
    hours = (at - state.fetched_at).total_seconds() / 3600 if state and state.fetched_at else None
    if not source.enabled:
        return "off", hours
    if state is None or state.outcome is None:
        return "never", hours
    if state.outcome not in GOOD:
        return "failed", hours
    limit = max(LATE_AFTER, 4 * timedelta(minutes=source.interval_minutes))
    last = state.checked_at or state.fetched_at
    return ("late" if last is None or at - last > limit else "good"), hours


def _picture(shown: list[Source], standing: dict[str, tuple[str, float | None]]) -> None:
    from ui.render.charts import source_health

    rows = [
        {"source": one.title, "state": standing[one.id][0], "hours": standing[one.id][1]}
        for one in shown
        if one.enabled and standing[one.id][0] != "never"
    ]
    if not rows:
        return
    words = "; ".join(
        f"{one.title}: {state}, {ago(hours)}"
        for one in shown
        if (state := standing[one.id][0]) not in ("never", "off") and ((hours := standing[one.id][1]) or True)
    )
    show_chart(
        source_health(rows, ink=ink()),
        source_health(rows),
        alt=f"Time since each source was last read. {words}.",
        name="source-health",
        key="source-health-picture",
    )


_ORDER = ("failed", "late", "good", "never", "off")
_SIGNS = {"good": "✓ good", "late": "… late", "failed": "✗ failed", "never": "– not read yet", "off": "○ left out"}
_KINDS = {"good": "good", "late": "warn", "failed": "bad", "never": "none", "off": "none"}


def _row(source: Source, state: SourceState | None, standing: str) -> list[str | Markup]:
    name = Markup('{}<span class="vc-sub">{} · {}</span>').format(
        inert(source.title), source.kind, inert((urlsplit(source.url).hostname or "").removeprefix("www."))
    )
    sign = Markup('<span class="{} nw">{}</span>').format(_KINDS[standing], _SIGNS[standing])
    said = cover(source, state).sentence
    read = Markup('<span class="nw">{}</span>').format(moment(state.fetched_at if state else None))
    return [name, sign, read, said, source.terms]


def _change(places: Places, sources: list[Source]) -> None:
    st.header("Change", anchor=False)
    if said := st.session_state.pop("sources-said", ""):
        st.success(md(said), icon=":material/check_circle:")
    with st.expander("Add a source", icon=":material/add:"), st.form("add-source", clear_on_submit=True, border=False):
        url = st.text_input("Public http or https address", key="source-url", max_chars=500)
        title = st.text_input("Name (empty: the host)", key="source-title", max_chars=100)
        if st.form_submit_button("Add", icon=":material/add:"):
            with errors_here():
                made = add_source(places, url, now(), title=title)
                _done(f"Added {made.title}. It is read with the next morning run.")
    with st.expander("Bring in a list of feeds (OPML)", icon=":material/playlist_add:"):
        _feeds(places)
    if not sources:
        return
    with st.expander("Leave a source out, take it up again, or remove it", icon=":material/toggle_on:"):
        names = {one.id: f"{shown(one.title)} ({'in use' if one.enabled else 'left out'})" for one in sources}
        chosen = st.selectbox("Source", list(names), format_func=names.__getitem__, key="source-chosen")
        source = next(one for one in sources if one.id == chosen)
        with st.container(horizontal=True):
            toggle = st.button("Leave it out" if source.enabled else "Take it up again", key="source-toggle")
            gone = not source.builtin and st.button("Remove it", key="source-remove", icon=":material/delete:")
        if toggle or gone:
            with errors_here():
                if gone:
                    remove_source(places, source.id, now())
                    _done(f"{source.title} is removed; what it brought stays.")
                set_enabled(places, source.id, now(), enabled=not source.enabled)
                _done(f"{source.title} is {'left out' if source.enabled else 'in use again'}.")


def _feeds(places: Places) -> None:
    """What a list would add and what not, with reasons; added by the last button."""
    number = st.session_state.get("opml-number", 0)
    file = st.file_uploader("OPML file", type=["opml", "xml"], key=f"opml-{number}", help="At most 15 MB.")
    if file is None:
        st.caption("The export of a feed reader. First you see what it would add.")
        return
    words = st.text_input("Only feeds with one of these words (empty: all)", key=f"opml-words-{number}", max_chars=200)
    with errors_here():
        found = plan_feeds(places, file.getvalue(), name=file.name, words=words)
        total = len(found.made)
        st.markdown(f"**{counted(total, 'feed')} would be added**, {len(found.skipped)} would be skipped.")
        if total:
            lines = [(one.title, (urlsplit(one.url).hostname or "").removeprefix("www.")) for one in found.made]
            show(table(["Feed", "From"], lines[:SHOWN_FEEDS]))
        if total > SHOWN_FEEDS:
            st.caption(
                f"And {total - SHOWN_FEEDS} more. Each feed is asked every few hours: a short list reads better."
            )
        if found.skipped:
            lines_out = bullets(f"{one.subject}: {one.reason}" for one in found.skipped[:SHOWN_FEEDS])
            words_out = Markup("<details><summary>Skipped ({})</summary><div>{}</div></details>")
            show(block(words_out.format(len(found.skipped), lines_out)))
        if total and st.button(f"Add {counted(total, 'feed')}", type="primary", key="opml-add"):
            done = add_feeds(places, file.getvalue(), now(), name=file.name, words=words)
            st.session_state["opml-number"] = number + 1
            _done(f"Added {counted(len(done.made), 'feed')}. They are read with the next morning run.")


def _done(words: str) -> NoReturn:
    st.session_state["sources-said"] = words
    st.rerun()
