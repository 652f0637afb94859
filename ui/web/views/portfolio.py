"""Portfolio: who needs what today, what changed, and every story against every client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

import streamlit as st
from markupsafe import Markup

from advisor.brief.portfolio import compose_portfolio
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.brief import Brief
from knowledge.records.client import Client
from knowledge.records.triage import Label
from ui.app.marks import marks
from ui.app.text import CELL_SIGNS, block, bullets, counted, day_words, inert, label, table
from ui.render.portfolio_view import CELL_WORDS, PortfolioView, StoryLine, portfolio_view
from ui.render.view import LABEL_WORDS
from ui.web.views import runs
from ui.web.views.frame import chip, no_clients, now, open_page, page, show
from ui.web.views.pictures import show_chart

TREND_DAYS: Final = 14
_LABELS: Final[tuple[Label, ...]] = get_args(Label)


def show_page() -> None:
    """The page over all clients, walked over each one's newest brief."""
    with page("Portfolio") as places:
        clients = places.profiles()
        if not clients:
            no_clients()
            return
        briefs = _newest(places, clients)
        if briefs:
            view = portfolio_view(compose_portfolio(briefs, {}, now()))
            show(block(Markup('<p class="vc-decision">{}</p>').format(inert(view.headline))))
        else:
            view = None
            st.info("No brief has been written yet. Run the morning: it reads the sources and writes a brief for each.")
        runs.morning_panel(places, None)
        _clients(clients, {brief.client_id: brief for brief in briefs})
        if view is not None:
            _stories(view)
            _sources(view)
            _trend(places, clients)


def _newest(places: Places, clients: Sequence[Client]) -> list[Brief]:
    found = []
    for client in clients:
        with places.client(client.id) as place, place.read() as unit:
            brief = unit.briefs.latest()
        if brief is not None:
            found.append(brief)
    return found


def _clients(clients: Sequence[Client], briefs: dict[ClientId, Brief]) -> None:
    """A card for each client, those that need something first."""
    known = marks(clients)

    def pressing(client: Client) -> tuple[int, int, str]:
        counts = _counts(briefs.get(client.id))
        return -counts["act-now"], -counts["check-today"], client.name.casefold()

    st.header("Who needs what")
    columns = st.columns(2) if len(clients) > 1 else [st.container()]
    for place, client in enumerate(sorted(clients, key=pressing)):
        brief = briefs.get(client.id)
        with columns[place % len(columns)], st.container(border=True, key=f"card-{client.id}"):
            show(_card(client, brief, chip(known[client.id], small=True), known[client.id].colour))
            if st.button(f"Open {client.name}", key=f"open/{client.id}", icon=":material/arrow_forward:"):
                open_page("brief", client.id)


def _counts(brief: Brief | None) -> dict[Label, int]:
    items = [item for item in brief.items if item.standing != "acknowledged"] if brief else []
    return {one: sum(item.label == one for item in items) for one in _LABELS}


def _card(client: Client, brief: Brief | None, ini: Markup, colour: int) -> Markup:
    head = Markup('<div class="head">{}<span>{}</span></div>').format(ini, inert(client.name))
    if brief is None:
        body = Markup('<p class="vc-dim">No brief yet.</p>')
    else:
        counts = [(one, number) for one, number in _counts(brief).items() if number]
        labels = Markup("").join(
            label(one, f"{number} {'FYI' if one == 'fyi' else LABEL_WORDS[one]}") for one, number in counts
        )
        body = Markup('<p>{}</p><div class="vc-counts">{}</div><p class="vc-facts">{}</p>').format(
            inert(brief.headline), labels, inert(f"{day_words(brief.day)} · {_changed(brief)}")
        )
    return Markup('<div class="vc vc-card vc-{}">{}{}</div>').format(colour, head, body)


def _changed(brief: Brief) -> str:
    new = sum(item.changes == ("new",) for item in brief.items)
    moved = sum(item.changes not in {("new",), ("none",), ()} for item in brief.items)
    parts = [f"{new} new" if new else "", f"{moved} changed" if moved else ""]
    return ", ".join(part for part in parts if part) or "nothing new"


def _stories(view: PortfolioView) -> None:
    st.header("Stories and clients")
    show(table(["Story", "Label", *view.columns], [_story(line) for line in view.stories]))
    if view.rest:
        st.caption(view.rest)


def _story(line: StoryLine) -> list[str | Markup]:
    story = Markup('{}<span class="vc-sub">{}</span>').format(inert(line.story), inert(line.cves))
    kind = {words: one for one, words in LABEL_WORDS.items()} | {"FYI": "fyi"}
    cells: list[str | Markup] = []
    for cell in line.cells:
        words = Markup('<span class="{} nw">{} {}</span>').format(cell, CELL_SIGNS[cell], CELL_WORDS[cell])
        cells.append("" if cell == "none" else words)
    named = ["" if names == "–" else names for names in line.named]
    return [story, label(kind[line.label], line.label), *cells, *named]


def _sources(view: PortfolioView) -> None:
    st.header("Not covered")
    show(block(bullets(view.sources)))


def _trend(places: Places, clients: Sequence[Client]) -> None:
    """Open items of all clients together, a day each; a day on which a client has no brief counts its last one."""
    found = []
    for client in clients:
        with places.client(client.id) as place, place.read() as unit:
            found.append(unit.briefs.counts(TREND_DAYS))
    days = sorted({day for counts in found for day in counts})[-TREND_DAYS:]
    if len(days) < 2:
        return
    from ui.render.charts import trend

    total: dict[str, int]
    rows = {}
    for day in days:
        total = {}
        for counts in found:
            earlier = [one for one in counts if one <= day]
            for one, number in (counts[max(earlier)] if earlier else {}).items():
                total[one] = total.get(one, 0) + number
        rows[day] = total
    first, last = rows[days[0]], rows[days[-1]]
    words = ", ".join(
        f"{'FYI' if one == 'fyi' else LABEL_WORDS[one]} {first.get(one, 0)} to {last.get(one, 0)}" for one in _LABELS
    )
    st.header("Open items")
    show_chart(
        trend(rows),
        trend(rows),
        alt=f"Open items of all clients over {counted(len(days), 'day')}: {words}.",
        name="open-items",
        key="open-items-picture",
    )
    st.caption(f"{counted(len(days), 'day')}, all clients: {words}.")
