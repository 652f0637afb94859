"""Sources: where the facts come from and how each one stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import streamlit as st
from markupsafe import Markup

from advisor.outlook import cover
from ingest.catalogue import new_source
from knowledge.places import Places
from knowledge.records.source import GOOD, Source, SourceState
from ui.app.morning import kept_sources
from ui.app.text import counted, inert, md, moment, table
from ui.render.charts import ago
from ui.render.escape import shown
from ui.web.views import runs
from ui.web.views.frame import errors_here, ink, now, page, show
from ui.web.views.pictures import show_chart

LATE_AFTER = timedelta(hours=24)
"""A source that was well is late when it was not read for so long, or for four of its own intervals if that is more."""


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
    with st.expander("Add a source", icon=":material/add:"), st.form("add-source", clear_on_submit=True, border=False):
        url = st.text_input("Public http or https address", key="source-url", max_chars=500)
        title = st.text_input("Name (empty: the host)", key="source-title", max_chars=100)
        if st.form_submit_button("Add", icon=":material/add:"):
            with errors_here():
                made = new_source(url, kept=sources, title=title)
                with places.shared().write() as unit:
                    unit.sources.put(made)
                    unit.audit.append(now(), "source.add", made.id, url=made.url)
                st.rerun()
    if not sources:
        return
    with st.expander("Leave a source out, or take it up again", icon=":material/toggle_on:"):
        names = {one.id: f"{shown(one.title)} ({'in use' if one.enabled else 'left out'})" for one in sources}
        chosen = st.selectbox("Source", list(names), format_func=names.__getitem__, key="source-chosen")
        source = next(one for one in sources if one.id == chosen)
        if st.button("Leave it out" if source.enabled else "Take it up again", key="source-toggle"):
            with errors_here(), places.shared().write() as unit:
                unit.sources.put(source.model_copy(update={"enabled": not source.enabled}))
                unit.audit.append(now(), "source.disable" if source.enabled else "source.enable", source.id)
            st.rerun()
